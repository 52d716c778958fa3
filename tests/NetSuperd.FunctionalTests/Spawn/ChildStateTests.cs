using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>What a child is given, exactly.</summary>
public sealed class ChildStateTests(InspectDaemon inspect) : IClassFixture<InspectDaemon>
{
    [Fact]
    public async Task Descriptors_OfAChild_AreTheBlockingSocketAndTheLog()
    {
        var (said, _) = await inspect.AskAsync("plain");

        Assert.Equal(["0 socket blocking", "1 socket blocking", "2 pipe blocking"], said["fd"]);
    }

    [Fact]
    public async Task Signals_OfAChild_AreAllDefaultAndUnblocked()
    {
        var (said, _) = await inspect.AskAsync("plain");

        var none = new string('0', 16);
        Assert.Equal([$"SigPnd {none}", $"SigBlk {none}", $"SigIgn {none}", $"SigCgt {none}"], said["signals"]);
    }

    [Fact]
    public async Task Session_OfAChild_IsItsOwn()
    {
        var (said, _) = await inspect.AskAsync("plain");

        Assert.Equal(["session group"], said["leader"]);
        Assert.Equal([$"{inspect.Daemon.Pid}"], said["parent"]);
    }

    [Fact]
    public async Task Defaults_OfAChild_AreTheDocumentedOnes()
    {
        var (said, _) = await inspect.AskAsync("plain");

        Assert.Equal(["/"], said["cwd"]);
        Assert.Equal(["022"], said["umask"]);
        Assert.Equal([inspect.Program], said["arg"]);
    }

    [Fact]
    public async Task Keys_OfTheService_AreObeyed()
    {
        var (said, _) = await inspect.AskAsync("tuned");

        Assert.Equal(["/usr"], said["cwd"]);
        Assert.Equal(["077"], said["umask"]);
        Assert.Equal(["in.tuned", "-l", "two words", "$HOME", ""], said["arg"]);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Environment_OfAChild_IsCleanAndNamesTheConnection(string address)
    {
        var (said, client) = await inspect.AskAsync("plain", address);
        var record = (await inspect.Daemon.WaitForRecordAsync(client.Name)).Start;

        Assert.Equal(
            Sorted([.. await UserAsync(), .. Connection(client, record, "plain"), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]),
            Sorted(said["env"]));
    }

    [Fact]
    public async Task Environment_WithEnvAndPassEnv_HasThem()
    {
        var (said, client) = await inspect.AskAsync("tuned");
        var record = (await inspect.Daemon.WaitForRecordAsync(client.Name)).Start;

        Assert.Equal(
            Sorted([
                .. await UserAsync(), .. Connection(client, record, "tuned"),
                "PATH=/bin", "GREETING=hello world", "PASSED=by env", "PASSED2=by the daemon",
            ]),
            Sorted(said["env"]));
    }

    private static IEnumerable<string> Connection(TcpPeer client, LogEvent record, string service)
    {
        var (local, localPort) = Split(client.Server);
        var (remote, remotePort) = Split(client.Name);
        return
        [
            "PROTO=TCP", $"TCPLOCALIP={local}", $"TCPLOCALPORT={localPort}", $"TCPREMOTEIP={remote}", $"TCPREMOTEPORT={remotePort}",
            $"REMOTE_ADDR={remote}", $"REMOTE_PORT={remotePort}", $"REMOTE_HOST={remote}",
            $"NETSUPERD_SERVICE={service}", $"NETSUPERD_ID={record["ConnectionId"]}",
        ];
    }

    private static (string Address, string Port) Split(string end) =>
        (end[..end.LastIndexOf(':')].Trim('[', ']'), end[(end.LastIndexOf(':') + 1)..]);

    // name:password:uid:gid:comment:home:shell, passwd(5).
    private static async Task<string[]> UserAsync()
    {
        var uid = (await Command.OutputAsync("id", "-u")).Trim();
        var fields = (await Command.OutputAsync("getent", "passwd", uid)).Trim().Split(':');
        return [$"USER={fields[0]}", $"LOGNAME={fields[0]}", $"HOME={fields[5]}", $"SHELL={fields[6]}"];
    }

    private static string[] Sorted(IEnumerable<string> variables) => [.. variables.Order(StringComparer.Ordinal)];
}
