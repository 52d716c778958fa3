using System.Globalization;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>processes = N</c>: so many children share the listening socket from the start.</summary>
public sealed class PreforkTests
{
    // Each tells a client its process and a word of the map, and then ends as the client says, or serves the next one.
    private const string Serves = "open(L, q(+<&=), $ENV{LISTEN_FDS} ? 3 : 0); while (accept(C, L)) { syswrite(C, qq($$ $ENV{WORD})); "
        + "sysread(C, $_, 10); exit 3 if /fail/; exit 0 if /end/; close C }";

    [Theory]
    [InlineData("\"127.0.0.1:%p%\" = \"it\"", "")]
    [InlineData("\"127.0.0.1:%p%\" = \"it\"\n\"127.0.0.1:%q%\" = \"it\"", "fds = \"listen\"")]
    public async Task Start_BeforeAnyClient_HasAllChildren(string ports, string keys)
    {
        await using var daemon = await StartAsync(keys, ports: ports);
        var started = await StartedAsync(daemon, 3);
        using var first = await daemon.ConnectAsync("p");
        using var second = await daemon.ConnectAsync("p");
        using var third = await daemon.ConnectAsync("p");

        var served = new HashSet<string>
        {
            (await HearAsync(first)).Pid, (await HearAsync(second)).Pid, (await HearAsync(third)).Pid,
        };

        Assert.Equal(started, served);
        var status = await daemon.StatusAsync();
        Assert.Equal(3, status.Service("it").Live);
        Assert.All(status.Sockets, socket => Assert.Equal("resting", socket.State));
        Assert.Equal(3, status.Service("it").Use("max_connections").Used);
        Assert.All(await daemon.ConnectionsAsync(), child => Assert.Equal("any", child.Peer));
        Assert.Contains(
            "3 share the socket, and accept every client", await ExplainedAsync(daemon), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnixSocket_IsShared()
    {
        await using var daemon = await StartAsync("", ports: "\"%dir%/it.sock\" = \"it\"");
        await StartedAsync(daemon, 3);
        using var first = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        using var second = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);

        Assert.NotEqual((await HearAsync(first)).Pid, (await HearAsync(second)).Pid);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("fail")]
    public async Task Child_ThatEnds_IsReplacedWhileTheOthersServe(string word)
    {
        await using var daemon = await StartAsync("");
        var before = await StartedAsync(daemon, 3);
        using var client = await daemon.ConnectAsync("p");
        var (pid, _) = await HearAsync(client);
        await client.SendAsync(word);

        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
        var after = await StartedAsync(daemon, 4);

        Assert.Equal(3, after.Except([pid]).Count());
        Assert.Superset(before, after);
        await LiveAsync(daemon, 3);
    }

    [Fact]
    public async Task Children_ThatEndImmediately_AreStartedAgainAfterEverLongerPauses()
    {
        await using var daemon = await StartAsync("", script: "exit 1");

        await daemon.WaitForEventAsync("ChildEndsEarly", found => double.Parse(found["Pause"], CultureInfo.InvariantCulture) == 0.4);
        Assert.EndsWith(
            "of 3 children run: a child that has failed is replaced after a pause",
            (await daemon.StatusAsync()).Service("it").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Children_ThatEachServeOneClient_FollowEachOtherWithoutAPause()
    {
        await using var daemon = await StartAsync("", script: "accept(C, STDIN); syswrite(C, qq($$ $ENV{WORD})); exit 0");

        // More than the pauses would let through in any time that a test waits.
        var pids = new HashSet<string>();
        for (var round = 0; round < 20; round++)
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => daemon.ConnectAsync("p")));
            foreach (var client in clients)
            {
                pids.Add((await HearAsync(client)).Pid);
                client.Dispose();
            }
        }

        Assert.Equal(200, pids.Count);
    }

    [Fact]
    public async Task Child_ThatCannotBeStarted_IsStartedLater()
    {
        await using var daemon = await StartAsync(
            "", program: "%dir%/it", setup: new DaemonSetup
            {
                Expected = ["SpawnFailed"],
                Prepare = scratch =>
                {
                    File.SetUnixFileMode(scratch.Folder, (UnixFileMode)0x1ED);
                    File.Copy("/usr/bin/perl", scratch["it"]);
                },
            });
        var started = await StartedAsync(daemon, 3);

        // A child is started before it executes its program.
        await Deadline.UntilAsync(
            () => started.All(pid => new FileInfo($"/proc/{pid}/exe").LinkTarget == daemon.Scratch["it"]), "the programs of the children");
        File.Move(daemon.Scratch["it"], daemon.Scratch["away"]);
        using var client = await daemon.ConnectAsync("p");
        await HearAsync(client);
        await client.SendAsync("fail");
        await daemon.WaitForEventAsync("SpawnFailed");
        await LiveAsync(daemon, 2);

        File.Move(daemon.Scratch["away"], daemon.Scratch["it"]);

        await LiveAsync(daemon, 3);
    }

    [Fact]
    public async Task Children_OutsideTheirTimes_AreNotStartedAndTheClientIsRefused()
    {
        var tomorrow = $"{DateTime.UtcNow.AddDays(2):ddd} 00:00-01:00".ToLowerInvariant();
        await using var daemon = await StartAsync($"times = [\"{tomorrow}\"]\ntime_zone = \"UTC\"");

        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("", await client.ReadToEndAsync());
        await daemon.WaitForEventAsync("ConnectionRefused");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildStarted");
        Assert.Equal("listening", (await daemon.StatusAsync()).Sockets.Single().State);
    }

    [Fact]
    public async Task Commands_ForTheService_ReachEveryChild()
    {
        await using var daemon = await StartAsync("stop_signal = \"USR1\"", script: $"$SIG{{USR1}} = sub {{ exit 5 }}; {Serves}");
        var pids = await StartedAsync(daemon, 3);
        await Deadline.UntilAsync(
            () => pids.All(pid => ProcFiles.Catches(int.Parse(pid, CultureInfo.InvariantCulture), 10)), "a handler of USR1");
        await daemon.DoAsync("signal", "it", "CONT");
        Assert.Equal("3", (await daemon.WaitForEventAsync("ServiceSignalled"))["Count"]);

        await daemon.DoAsync("stop", "it");

        Assert.All(await daemon.WaitForEventsAsync("ChildEnded", 3), found => Assert.Equal("with status 5", found["Detail"]));
        using var client = await daemon.ConnectAsync("p");
        await daemon.DoAsync("start", "it");
        Assert.Equal("one", (await HearAsync(client)).Word);
        await StartedAsync(daemon, 6);
    }

    [Fact]
    public async Task Pause_EndsAllChildrenAndResumeStartsThemAgain()
    {
        await using var daemon = await StartAsync("");
        await StartedAsync(daemon, 3);

        await daemon.DoAsync("pause", "it");
        await daemon.WaitForEventsAsync("ChildEnded", 3);
        using var client = await daemon.ConnectAsync("p");
        await daemon.DoAsync("resume", "it");

        await HearAsync(client);
        await StartedAsync(daemon, 6);
    }

    private static async Task<string> ExplainedAsync(Daemon daemon) => (await Netsuperd.RunAsync(
        "explain", "127.0.0.1", $"127.0.0.1:{daemon.Port("p")}", "--config", daemon.Scratch["map.toml"])).Output;

    private static async Task LiveAsync(Daemon daemon, int count) =>
        await daemon.StatusAsync(status => status.Service("it").Live == count, $"{count} children");

    internal static Task<Daemon> StartAsync(
        string keys, string script = Serves, string ports = "\"127.0.0.1:%p%\" = \"it\"", string program = "/usr/bin/perl",
        DaemonSetup? setup = null) => Daemon.StartAsync($$"""
        [ports]
        {{ports}}
        [services.it]
        exec = ["{{program}}", "-e", '{{script}}']
        wait = true
        processes = 3
        env = { WORD = "one" }
        {{keys}}
        """, setup);

    /// <summary>The processes of so many children that have been started.</summary>
    internal static async Task<HashSet<string>> StartedAsync(Daemon daemon, int count) =>
        [.. (await daemon.WaitForEventsAsync("ChildStarted", count)).Select(found => found["Pid"])];

    internal static async Task<(string Pid, string Word)> HearAsync(TcpPeer client)
    {
        var buffer = new byte[100];
        var heard = Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer)).Split(' ');
        return (heard[0], heard[1]);
    }
}
