namespace NetSuperd.Native.Tests;

/// <summary>Addresses come and go on the loopback interface, all of which it serves anyway.</summary>
/// <remarks>Other programs may change the network at the same time, so no test asserts that nothing has changed.</remarks>
public sealed class NetworkChangesTests : IDisposable
{
    private readonly List<string> _added = [];

    [Fact]
    public void Take_AnAddressThatIsAdded_IsNew()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may add an address");
        using var changes = NetworkChanges.Open();

        Add(1);

        Assert.True(changes.Take());
    }

    [Fact]
    public unsafe void Take_AfterLostMessages_IsNewAndContinues()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may add an address");
        Add(64);
        using var changes = NetworkChanges.Open();
        var least = 1;
        Assert.Equal(0, Libc.setsockopt(changes.Handle, Libc.SOL_SOCKET, (int)SocketLevelOption.SO_RCVBUF, &least, sizeof(int)));

        // Removed addresses are not new ones, but there is no room for the messages about them.
        Remove();
        Assert.True(changes.Take());

        Add(1);
        Assert.True(changes.Take());
    }

    public void Dispose() => Remove();

    private void Add(int count)
    {
        var process = Environment.ProcessId;
        var added = Enumerable.Range(1, count).Select(i => $"127.{100 + (process / 250 % 100)}.{process % 250}.{i}/32").ToList();
        _added.AddRange(added);
        Run(added, "add");
    }

    private void Remove()
    {
        Run(_added, "del");
        _added.Clear();
    }

    private static void Run(List<string> addresses, string verb)
    {
        if (addresses.Count > 0)
        {
            _ = CProgram.Output("sh", "-c", string.Join(" && ", addresses.Select(address => $"ip address {verb} {address} dev lo")));
        }
    }
}
