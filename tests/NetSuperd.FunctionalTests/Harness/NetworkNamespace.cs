using System.Globalization;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A network of its own with nothing but a loopback, for ports that are fixed and packets that are counted.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly RunningProcess _holder;
    private readonly Scratch _scratch = new();
    private readonly IReadOnlyList<string> _within;

    private NetworkNamespace(RunningProcess holder)
    {
        _holder = holder;
        _within = TestedSystem.Current.InNetwork(_scratch);
    }

    /// <summary>The command that runs another one in the namespace.</summary>
    public string[] Enter => ["nsenter", string.Create(CultureInfo.InvariantCulture, $"--net=/proc/{_holder.Pid}/ns/net"), .. _within];

    /// <summary>
    /// The same, with a folder /run of its own: a daemon whose map names no control socket makes it there, where the machine may have one
    /// that runs.
    /// </summary>
    public string[] EnterWithOwnRun => [.. Enter, "unshare", "--mount", .. Shell.Through("mount -t tmpfs tmpfs /run")];

    /// <summary>Makes the namespace; it lives as long as the process that holds it.</summary>
    public static async Task<NetworkNamespace> CreateAsync()
    {
        Privilege.Require("a network namespace");
        var holder = RunningProcess.Start("unshare", ["--net", "sh", "-c", "ip link set lo up && echo up && exec cat"]);
        await holder.Output.FindAsync(line => line == "up" ? line : null, "network namespace");
        return new NetworkNamespace(holder);
    }

    /// <summary>Connects it with another one by a cable.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="own">The address at this end, with the length of its prefix.</param>
    /// <param name="others">The address at the other end.</param>
    /// <param name="cable">The name of the interface at both ends.</param>
    public async Task JoinAsync(NetworkNamespace other, string own, string others, string cable = "cable")
    {
        var peer = string.Create(CultureInfo.InvariantCulture, $"{other._holder.Pid}");
        Assert.Equal(0, (await RunAsync("ip", "link", "add", cable, "type", "veth", "peer", "name", cable, "netns", peer)).Status);
        foreach (var (network, address) in new[] { (this, own), (other, others) })
        {
            Assert.Equal(0, (await network.RunAsync("ip", "address", "add", address, "dev", cable)).Status);
            Assert.Equal(0, (await network.RunAsync("ip", "link", "set", cable, "up")).Status);
        }
    }

    /// <summary>Runs a program in the namespace.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => Command.RunAsync(Enter[0], [.. Enter[1..], .. command]);

    /// <summary>Runs <c>netsuperd send</c> in the namespace.</summary>
    public Task<CommandResult> SendAsync(params string[] arguments) =>
        RunAsync(TestedSystem.Current.Command(BuiltTree.Program, ["send", .. arguments]));

    /// <summary>Starts a program in the namespace.</summary>
    public RunningProcess Start(params string[] command) => RunningProcess.Start(Enter[0], [.. Enter[1..], .. command]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await TestedSystem.Current.LeaveNetworkAsync(_scratch);
        await _holder.DisposeAsync();
        _scratch.Dispose();
    }
}
