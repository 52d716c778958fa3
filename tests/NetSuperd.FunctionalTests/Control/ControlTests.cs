using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Control;

/// <summary>What the operator asks a running daemon, by the commands and by the socket itself.</summary>
public sealed class ControlTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%cat%" = "cat"

        [services.cat]
        exec = ["/bin/cat"]
        """;

    private const string Echo = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        """;

    [Fact]
    public async Task Status_OfServicesAndSockets_CountsWhatHappened()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var ended = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await ended.TalkAsync("a"));
        ended.Finish();
        await ended.ReceiveToEndAsync();
        await daemon.WaitForRecordAsync(ended.Name);
        using var live = await daemon.ConnectAsync("cat");
        Assert.Equal("a", await live.TalkAsync("a"));

        var status = await daemon.StatusAsync();
        Assert.Equal(daemon.Pid, status.Pid);
        Assert.Equal(daemon.Scratch["map.toml"], status.Config);
        Assert.Equal(1, status.Connections);
        var cat = status.Service("cat");
        Assert.Equal(("child", "serving", 1), (cat.Kind, cat.State, cat.Live));
        Assert.Equal(1, status.Service("echo").Ends["closed"]);
        Assert.Equal(
            [$"127.0.0.1:{daemon.Port("echo")}", $"127.0.0.1:{daemon.Port("cat")}"],
            status.Sockets.Select(socket => socket.Socket));

        var table = await daemon.AskedAsync("status");
        Assert.Contains("SERVICE", table, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^cat +child +serving +\d+s +1 +\S+ +-$", table);
    }

    [Fact]
    public async Task Status_HasTheVersionOfEachProcess()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await client.TalkAsync("a"));
        var version = (await Netsuperd.RunAsync("--version")).Output.TrimEnd();
        Assert.Matches(@"^\d+\.\d+", version);
        await daemon.RestartAsync();

        var status = StatusJson.Read<DaemonStatus>(await daemon.AskedAsync("status", "--json"));
        Assert.Equal((version, version), (status.Version, status.Lingering[0].Version));
        var text = await daemon.AskedAsync("status");
        Assert.StartsWith($"netsuperd {status.Pid}, version {version}, up ", text, StringComparison.Ordinal);
        Assert.Matches($@"(?m)^ +{daemon.Pid} .* {Regex.Escape(version)}$", text);
    }

    [Fact]
    public async Task Connections_OfHandlersAndChildren_HaveTheirFourNumbersAndBytes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var handler = await daemon.ConnectAsync("echo");
        using var child = await daemon.ConnectAsync("cat");
        await handler.TalkAsync("TEST");
        await child.TalkAsync("TESTS");
        await daemon.WaitForEventAsync("ChildStarted");

        var all = (await daemon.ConnectionsAsync()).ToDictionary(connection => connection.Service);

        var (echo, cat) = (all["echo"], all["cat"]);
        Assert.Equal((handler.Name, "established", 4, 4), (echo.Peer, echo.State, echo.Received, echo.Sent));
        Assert.Equal((child.Name, $"127.0.0.1:{daemon.Port("cat")}"), (cat.Peer, cat.Local));
        Assert.Equal((5, "established"), (cat.Received, cat.State));
        Assert.True(cat.RttMs > 0);
        Assert.Contains(ProcFiles.Children(daemon.Pid), found => found.Pid == cat.Pid);
        Assert.Contains(child.Name, await daemon.AskedAsync("connections"), StringComparison.Ordinal);
    }

    [OnWindows]
    [Theory]
    [InlineData("echo")]
    [LinuxData("cat")]
    public async Task Abort_AConnection_EndsItImmediately(string service)
    {
        await using var daemon = await Daemon.StartAsync(service == "cat" ? Map : Echo);
        using var client = await daemon.ConnectAsync(service);
        await client.TalkAsync("TEST");
        var id = (await daemon.ConnectionsAsync())[0].Id;

        await daemon.AskedAsync("abort", $"{id}");

        await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(1));
        await daemon.WaitForEventAsync("AbortedByOperator");
        await daemon.WaitForEndAsync($"{id}");
        Assert.Equal(64, (await daemon.AskAsync("abort", $"{id}")).Status);
    }

    [Fact]
    public async Task ConnectionsAndAbort_OfAChoice_LeaveTheOthers()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var one = await daemon.ConnectAsync("echo");
        using var two = await daemon.ConnectAsync("echo");
        using var child = await daemon.ConnectAsync("cat");
        Assert.Equal(("a", "b", "c"), (await one.TalkAsync("a"), await two.TalkAsync("b"), await child.TalkAsync("c")));

        var text = await daemon.AskedAsync("connections", "--service", "echo", "--peer", "127.0.0.0/8", "--state", "established");
        Assert.Contains(one.Name, text, StringComparison.Ordinal);
        Assert.Contains(two.Name, text, StringComparison.Ordinal);
        Assert.DoesNotContain(child.Name, text, StringComparison.Ordinal);
        Assert.DoesNotContain(one.Name, await daemon.AskedAsync("connections", "--idle", "1h"), StringComparison.Ordinal);
        var status = await daemon.AskedAsync("status", "--service", "echo");
        Assert.DoesNotMatch("(?m) cat ", status);
        Assert.Equal(64, (await daemon.AskAsync("status", "--service", "nobody")).Status);

        Assert.Equal(64, (await daemon.AskAsync("abort", "--service", "echo", "--idle", "1h")).Status);
        var aborted = await daemon.AskAsync("abort", "--service", "echo");
        Assert.Equal((0, "netsuperd: connections aborted: 2"), (aborted.Status, aborted.Errors.Trim()));
        await Assert.ThrowsAsync<SocketException>(() => one.ReceiveAsync(1));
        await Assert.ThrowsAsync<SocketException>(() => two.ReceiveAsync(1));
        Assert.Equal("d", await child.TalkAsync("d"));
    }

    [OnWindows]
    [Theory]
    [InlineData("echo")]
    [LinuxData("cat")]
    public async Task Pause_AService_LetsItsClientsWaitAndResumeServesThem(string service)
    {
        await using var daemon = await Daemon.StartAsync(service == "cat" ? Map : Echo);
        using var before = await daemon.ConnectAsync(service);
        Assert.Equal("a", await before.TalkAsync("a"));
        await daemon.AskedAsync("pause", service);
        await daemon.AskedAsync("pause", service);

        using var waiting = await daemon.ConnectAsync(service);
        await waiting.SendAsync("b");
        Assert.Equal("c", await before.TalkAsync("c"));
        var socket = (await daemon.StatusAsync()).Sockets.Single(found => found.Service == service);
        Assert.Equal(("paused", TestedSystem.Current.CountsBacklogs ? 1 : null), (socket.State, socket.Waiting));
        await daemon.AskedAsync("reload");
        Assert.Equal(0, waiting.Socket.Available);

        await daemon.AskedAsync("resume", service);
        Assert.Equal("b", Encoding.ASCII.GetString(await waiting.ReceiveAsync(1)));
        Assert.Equal(64, (await daemon.AskAsync("pause", "nobody")).Status);
        Assert.Equal(64, (await daemon.AskAsync("resume", "nobody")).Status);
    }

    [Fact]
    public async Task Stop_ByCommand_ReturnsWhenTheDaemonIsGone()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        await daemon.AskedAsync("stop");

        Assert.False(Directory.Exists($"/proc/{daemon.Pid}/fd") && Directory.GetFiles($"/proc/{daemon.Pid}/fd").Length > 0);
        Assert.Equal(0, await daemon.ExitAsync());
        Assert.False(File.Exists(daemon.Scratch["control.sock"]));
        Assert.Equal(69, (await daemon.AskAsync("status")).Status);
    }

    [Fact]
    public async Task Request_Line_HasAnAnswerLine()
    {
        (string Request, int Status)[] requests =
        [
            ("", 64),
            ("{}", 64),
            ("{\"v\":1}", 64),
            ("{\"v\":2,\"command\":\"status\"}", 64),
            ("{\"v\":1,\"command\":\"status\",\"more\":1}", 64),
            ("{\"v\":1,\"command\":\"status\",\"command\":\"stop\"}", 64),
            ("{\"v\":1,\"command\":\"pause\"}", 64),
            ("{\"v\":1,\"command\":\"fly\"}", 64),
            ("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 64),
            ("{\"v\":1,\"command\":\"status\"}", 0),
        ];
        await using var daemon = await Daemon.StartAsync(Map);
        foreach (var (request, status) in requests)
        {
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
            await client.SendAsync(request + "\n");

            var answer = await client.ReadToEndAsync();
            Assert.EndsWith("\n", answer, StringComparison.Ordinal);
            Assert.Equal((request, status), (request, StatusJson.Read<ControlReply>(answer).Status));
        }
    }

    [Fact]
    public async Task Request_TooLongOrNotFinished_AffectsNoOtherRequest()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var silent = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        using var half = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        await half.SendAsync("{\"v\":1,");
        half.Finish();
        using var large = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        await large.SendAsync(new string('x', 70_000));

        Assert.Contains("no line feed", await half.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(await daemon.AskedAsync("status"));
        Assert.Contains("within 5 s", await silent.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_ForOthers_IsClosed()
    {
        Privilege.Require("a client of another user");
        await using var daemon = await Daemon.StartAsync(Map);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(daemon.Scratch["control.sock"]));

        // Even where the permissions were changed, the daemon checks the user of the client.
        File.SetUnixFileMode(daemon.Scratch.Folder, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(daemon.Scratch["control.sock"], (UnixFileMode)0x1B6);
        var result = await Command.RunAsync(
            "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BuiltTree.Program, "status", "--control",
            daemon.Scratch["control.sock"]);

        Assert.Equal(77, result.Status);
        Assert.Equal(65534, (await daemon.WaitForEventAsync("ControlRefused")).Number("User"));
    }

    [Fact]
    public async Task Socket_ThatWasDeleted_IsThereAgain()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        File.Delete(daemon.Scratch["control.sock"]);
        await daemon.WaitForEventAsync("ControlReplaced");

        Assert.NotEmpty(await daemon.AskedAsync("status"));
    }

}
