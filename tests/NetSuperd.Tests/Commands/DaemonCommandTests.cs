using System.Diagnostics;
using System.Net.Sockets;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>The commands that ask a daemon, run as programs.</summary>
public sealed class DaemonCommandTests : IAsyncDisposable
{
    private readonly DaemonStandIn _daemon = new();

    public static TheoryData<string[], string> Requests => new()
    {
        { ["reload"], "{\"v\":1,\"command\":\"reload\"}" },
        { ["restart"], "{\"v\":1,\"command\":\"restart\"}" },
        { ["reopen"], "{\"v\":1,\"command\":\"reopen\"}" },
        { ["pause", "echo"], "{\"v\":1,\"command\":\"pause\",\"service\":\"echo\"}" },
        { ["resume", "echo"], "{\"v\":1,\"command\":\"resume\",\"service\":\"echo\"}" },
        { ["abort", "12"], "{\"v\":1,\"command\":\"abort\",\"id\":12}" },
        {
            ["abort", "--service", "echo", "--peer", "10.0.0.0/8", "--state", "close-wait", "--idle", "10m"],
            "{\"v\":1,\"command\":\"abort\",\"service\":\"echo\",\"peer\":\"10.0.0.0/8\",\"state\":\"close-wait\",\"idle\":\"10m\"}"
        },
    };

    public static TheoryData<string[]> WrongUsage =>
        new(["abort", "x"], ["abort"], ["abort", "12", "--service", "echo"], ["connections", "--peer", "10.0.0.0/33"],
            ["connections", "--idle", "ten"], ["connections", "--state", "open"], ["connections", "--peer", "gid:0"],
            ["pause"], ["status", "--control"], ["check", "--show", "--diff"], ["stop", "--control", ""]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Command_ThatChangesSomething_AsksAndIsQuiet(string[] command, string request)
    {
        _daemon.Start();

        Assert.Equal((0, "", ""), await RunAsync([.. command, "--control", _daemon.Place]));
        Assert.Equal([.. System.Text.Encoding.UTF8.GetBytes(request), (byte)'\n'], ControlProtocol.Write(Assert.Single(_daemon.Requests)));
    }

    [Theory]
    [InlineData(71)]
    [InlineData(78)]
    public async Task Command_TheDaemonRefuses_SaysWhyAndHasItsStatus(int status)
    {
        _daemon.Start().Answer = _ =>
            ControlAnswer.Of(status, "map.toml:3:1: error: wrong\n    3 | \tx\n      | \t^", "\u001b[2Jcannot bind");

        Assert.Equal(
            (status, "", "map.toml:3:1: error: wrong\n    3 | \tx\n      | \t^\n\\u001b[2Jcannot bind\n"),
            await RunAsync("reload", "--control", _daemon.Place));
    }

    [Fact]
    public async Task Command_TheDaemonIsTooOldFor_Is64AndSaysSo()
    {
        _daemon.Start().Answer = request => ControlAnswer.Of(64, $"netsuperd: there is no command '{request.Command}'");

        var (status, output, errors) = await RunAsync("reopen", "--control", _daemon.Place);

        Assert.Equal((64, ""), (status, output));
        Assert.Contains($"in the version of the daemon at {_daemon.Place}", errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongUsage))]
    public async Task Command_WrongUsage_Is64(string[] arguments)
    {
        var (status, output, errors) = await RunAsync(arguments);

        Assert.Equal((64, ""), (status, output));
        Assert.NotEqual("", errors);
    }

    [Theory]
    [InlineData("missing.sock")]
    [InlineData("stale.sock")]
    [InlineData("file")]
    public async Task NoDaemon_Is69AndNamesThePath(string name)
    {
        var path = Path.Combine(_daemon.Folder, name);
        _daemon.Write("file", "");
        using (var stale = UnixListener.Bind(Path.Combine(_daemon.Folder, "stale.sock"), SocketType.Stream))
        {
            stale.Listen();
        }

        foreach (var command in (string[])["status", "stop", "reload"])
        {
            var (status, output, errors) = await RunAsync(command, "--control", path);

            Assert.Equal((69, ""), (status, output));
            Assert.Contains(path, errors, StringComparison.Ordinal);
            Assert.Contains("--control", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Daemon_ThatAnswersGarbageOrNothing_Is69()
    {
        using var listener = UnixListener.Bind(_daemon.Place, SocketType.Stream);
        listener.Listen();
        foreach (var answer in (string[])["HTTP/1.1 400 Bad Request\r\n", ""])
        {
            var running = RunAsync("status", "--control", _daemon.Place);
            using (var connection = await listener.AcceptAsync(Cancel))
            {
                await connection.ReceiveAsync(new byte[1000], Cancel);
                await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(answer), Cancel);
            }

            var (status, output, errors) = await running;
            Assert.Equal((69, ""), (status, output));
            Assert.Contains(_daemon.Place, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Daemon_ThatAcceptsNothing_Is69()
    {
        using var listener = UnixListener.Bind(_daemon.Place, SocketType.Stream);
        listener.Listen(0);
        var waiting = new List<Socket>();
        SocketError error;
        do
        {
            waiting.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false });
            error = Connect(waiting[^1]);
        }
        while (error == SocketError.Success);

        var (status, output, errors) = await RunAsync("status", "--control", _daemon.Place);

        Assert.Equal((69, ""), (status, output));
        Assert.Contains(_daemon.Place, errors, StringComparison.Ordinal);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Status_AndConnections_AreTablesOrJson()
    {
        _daemon.Start().Answer = request => ControlAnswer.Of(0) with
        {
            Daemon = request.Command == "status" ? DaemonStandIn.Status(DaemonStandIn.Service("echo")) : null,
            Connections = request.Command == "status" ? null
                : [new ListedConnection(
                    1, "echo", "TCP", "127.0.0.1:7", "127.0.0.1:4000", DateTimeOffset.UnixEpoch, 1.5, 4, 4, "established", 0.05, null, 1,
                    0.5)],
        };

        var (_, table, _) = await RunAsync("status", "--control", _daemon.Place);
        Assert.Matches(@"(?s)^netsuperd 4711, up 3d, 3 connections\n.*SERVICE .*\necho     handler  serving     5h     2\n", table);
        var (_, json, _) = await RunAsync("status", "--json", "--control", _daemon.Place);
        Assert.StartsWith("{\"v\":1,\"pid\":4711,\"started\":\"", json, StringComparison.Ordinal);
        Assert.EndsWith(",\"lingering\":[]}\n", json, StringComparison.Ordinal);
        var (_, rows, _) = await RunAsync("connections", "--control", _daemon.Place);
        Assert.Matches(@"^ID  SERVICE .*\n 1  echo .*\n$", rows);
        Assert.Equal(
            (0,
            """
            {"v":1,"connections":[{"id":1,"service":"echo","protocol":"TCP","local":"127.0.0.1:7","peer":"127.0.0.1:4000",
            "since":"1970-01-01T00:00:00+00:00","age_s":1.5,"received":4,"sent":4,"state":"established","rtt_ms":0.05,
            "pid":null,"process":1,"idle_s":0.5}]}
            """.ReplaceLineEndings("") + "\n",
            ""),
            await RunAsync("connections", "--json", "--control", _daemon.Place));
    }

    [Fact]
    public async Task Reload_DryRun_PrintsWhatWouldChange()
    {
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with
        {
            Changes =
            [
                new MapChange("ports.\"8080/tcp\".service", null, "\"web\""),
                new MapChange("services.web.umask", "\"022\"", "\"027\""),
                new MapChange("services.\u001b.umask", "\"022\"", null),
            ],
        };

        Assert.Equal(
            (0, "+ ports.\"8080/tcp\".service = \"web\"\n~ services.web.umask = \"022\" -> \"027\"\n"
                + "- services.\\u001b.umask = \"022\"\n", ""),
            await RunAsync("reload", "--dry-run", "--control", _daemon.Place));
        Assert.Equal((0, "", ""), await RunAsync("reload", "--control", _daemon.Place));
        Assert.Equal([true, null], _daemon.Requests.Select(request => request.DryRun));
    }

    [Fact]
    public async Task Reload_DryRun_PrintsDefaultsOfNewServicesOnlyInFull()
    {
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with
        {
            Changes =
            [
                new MapChange("services.web.handler", null, "\"web\""),
                new MapChange("services.web.rate", null, "\"unlimited\"") { IsImplied = true },
            ],
        };

        const string Said = "+ services.web.handler = \"web\"\n";
        Assert.Equal((0, Said, ""), await RunAsync("reload", "--dry-run", "--control", _daemon.Place));
        Assert.Equal(
            (0, Said + "+ services.web.rate = \"unlimited\"\n", ""),
            await RunAsync("reload", "--dry-run", "--full", "--control", _daemon.Place));
    }

    [Fact]
    public async Task Command_BesideControl_ReadsTheMapOfTheDaemon()
    {
        var map = _daemon.Write("other.toml", "[ports]\n10007 = \"echo\"\n");
        _daemon.Start().Answer = request => request.Command switch
        {
            "status" => ControlAnswer.Of(0) with { Daemon = DaemonStandIn.Status() with { Config = map } },
            "map" => ControlAnswer.Of(0) with { Entries = new Dictionary<string, string>() },
            _ => ControlAnswer.Of(0),
        };

        var explained = await RunAsync("explain", "127.0.0.1", "10007", "--control", _daemon.Place);
        Assert.Equal((0, ""), (explained.Status, explained.Errors));
        Assert.Contains($"{map}:2:1: service: echo", explained.Output, StringComparison.Ordinal);
        var compared = await RunAsync("check", "--diff", "--control", _daemon.Place);
        Assert.Equal((0, ""), (compared.Status, compared.Errors));
        Assert.Contains("+ ports.\"10007/tcp\".service = \"echo\"\n", compared.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("backlog", compared.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_BesideTheControlOfADaemonWithoutAMap_SaysSo()
    {
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Daemon = DaemonStandIn.Status() with { Config = null } };

        var (status, output, errors) = await RunAsync("explain", "127.0.0.1", "7", "--control", _daemon.Place);

        Assert.Equal((64, ""), (status, output));
        Assert.Contains("--config", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Diff_ComparesWithTheRunningMap()
    {
        var map = _daemon.Write("map.toml", "[daemon]\ncontrol = \"control.sock\"\ndrain = \"5s\"\n[ports]\n10007 = \"echo\"\n");
        Assert.Equal(69, (await RunAsync("check", "--diff", "--config", map)).Status);
        var shown = MapText.Entries(MapLoader.Load(new LoadRequest
        {
            Host = new LinuxHost(),
            File = map,
            ToRun = false,
            IsRoot = Environment.IsPrivilegedProcess,
            DefaultPlugins = Path.Combine(AppContext.BaseDirectory, "plugins"),
            Builtins = MapArguments.BuiltinNames,
            ExecHelper = "",
        }).Map).ToDictionary(entry => entry.Path, entry => entry.Value);
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Entries = shown };

        Assert.Equal((0, "", ""), await RunAsync("check", "--diff", "--config", map));

        shown["daemon.drain"] = "\"30s\"";
        shown["services.gone.handler"] = "\"discard\"";
        shown.Remove("ports.\"10007/tcp\".service");
        var (status, output, errors) = await RunAsync("check", "--diff", "--config", map);
        Assert.Equal((0, ""), (status, errors));
        Assert.Equal(
            ["+ ports.\"10007/tcp\".service = \"echo\"", "- services.gone.handler = \"discard\"", "~ daemon.drain = \"30s\" -> \"5s\""],
            output.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
        _daemon.Write("map.toml", "[ports]\n10007 = \"ecko\"\n");
        Assert.Equal(78, (await RunAsync("check", "--diff", "--config", map)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_ReturnsWhenTheDaemonIsGone(bool now)
    {
        using var gone = Process.Start("sleep", ["60"]);
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Pid = gone.Id };
        using var process = Start([.. now ? ["stop", "--now"] : (string[])["stop"], "--control", _daemon.Place]);
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => process.HasExited || Watches(process.Id, gone.Id), Patience), Cancel));
        Assert.False(process.HasExited);
        Assert.Equal(now ? true : null, Assert.Single(_daemon.Requests).Now);

        gone.Kill();
        await process.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Stop_OfADaemonThatIsGoneBefore_IsDone()
    {
        using var gone = Process.Start("true");
        await gone.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        _daemon.Start().Answer = _ => ControlAnswer.Of(0) with { Pid = gone.Id };

        Assert.Equal((0, "", ""), await RunAsync("stop", "--control", _daemon.Place));
    }

    /// <summary>Whether a process has a descriptor of another one, by which it learns of its end (pidfd_open(2)).</summary>
    private static bool Watches(int pid, int other)
    {
        try
        {
            return Directory.GetFiles($"/proc/{pid}/fdinfo").Any(file => File.ReadLines(file).Contains($"Pid:\t{other}"));
        }
        catch (IOException)
        {
            // A descriptor that has been closed since.
            return false;
        }
    }

    private SocketError Connect(Socket socket)
    {
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_daemon.Place));
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }
}
