using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>Another process takes the place of the daemon, and no client notices.</summary>
public sealed class RestartTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%cat%" = "cat"
        "%dir%/echo.sock" = "echo"

        [services.cat]
        exec = ["/bin/cat"]
        """;

    // Echoes what one client after the other sends at once, for ever.
    private const string Wait = """


        [services.wait]
        exec = ["/usr/bin/perl", "-e", "use Socket; while (accept(C, STDIN)) { sysread(C, $_, 100); syswrite(C, $_); close(C) }"]
        wait = true
        """;

    [Fact]
    public async Task Restart_FiveTimesUnderLoad_LosesNoConnection()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var handlers = Load.OnPort(daemon.Port("echo"));
        using var children = Load.OnPort(daemon.Port("cat"));
        using var unix = Load.OnPath(daemon.Scratch["echo.sock"]);
        var pids = new HashSet<int> { daemon.Pid };
        for (var i = 0; i < 5; i++)
        {
            Assert.True(pids.Add(await daemon.RestartAsync()));
            await handlers.MoreAsync(20);
        }

        await handlers.EndAsync();
        await children.EndAsync();
        await unix.EndAsync();
    }

    [Fact]
    public async Task Restart_UnderLoadThatEnds_NoProcessWaitsForAClientThatAnotherHas()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        for (var i = 0; i < 5; i++)
        {
            using var load = Load.OnPort(daemon.Port("echo"));
            using var more = Load.OnPort(daemon.Port("echo"));
            await load.MoreAsync(5);
            var restarting = daemon.RestartAsync();
            await daemon.WaitForEventsAsync("Started", i + 2);
            await load.EndAsync();
            await more.EndAsync();

            // An accept(2) that blocks, and that no client wakes, would keep the old process for ever.
            await restarting;
        }

        await daemon.WaitForEventsAsync("LingerOver", 5);
    }

    [Fact]
    public async Task Restart_FromAHandlerToAChildThatWaits_LosesNoConnection()
    {
        await using var daemon = await Daemon.StartAsync(Map + Wait);
        using var load = Load.OnPort(daemon.Port("echo"));
        await load.MoreAsync(20);
        daemon.Edit(ToWait(daemon));

        await daemon.RestartAsync();

        await daemon.WaitForEventAsync("LingerOver");
        await load.MoreAsync(20);
        await load.EndAsync();

        // The line of the start is written by another process than the one before.
        await daemon.StopAllAsync();
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "WaitBackoff");
    }

    [Fact]
    public async Task Restart_ThatFailsWhileItServes_GivesNoSocketToAChild()
    {
        await using var daemon = await Daemon.StartAsync(Map + Wait, new DaemonSetup { Expected = ["RestartFailed", "StartFailed"] });
        using var load = Load.OnPort(daemon.Port("echo"));
        var before = daemon.Scratch["control.sock"];
        daemon.Edit(ToWait(daemon));
        daemon.Edit(map => map.Replace(before, daemon.Scratch.Write("file", "no socket"), StringComparison.Ordinal));
        for (var i = 0; i < 5; i++)
        {
            await load.MoreAsync(5);
            Assert.Equal(71, (await daemon.AskAsync("restart")).Status);
        }

        await load.MoreAsync(20);
        await load.EndAsync();
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildStarted");
    }

    [Fact]
    public async Task Restart_ThatFailsWhileItServes_LeavesEveryPath()
    {
        await using var daemon = await Daemon.StartAsync(
            Map + "\n[ports.\"%dir%/gone.sock\"]\nservice = \"echo\"\n", new DaemonSetup { Expected = ["RestartFailed", "StartFailed"] });
        var before = daemon.Scratch["control.sock"];
        daemon.Edit(map => map.Replace("gone.sock", "fresh.sock", StringComparison.Ordinal)
            .Replace(before, daemon.Scratch.Write("file", "no socket"), StringComparison.Ordinal));

        Assert.Equal(71, (await daemon.AskAsync("restart")).Status);

        foreach (var path in new[] { "echo.sock", "gone.sock" })
        {
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch[path]);
            Assert.Equal("x", await client.TalkAsync("x"));
        }

        Assert.False(File.Exists(daemon.Scratch["fresh.sock"]));
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Empty(Directory.EnumerateFiles(daemon.Scratch.Folder, "*.sock"));
    }

    [Fact]
    public async Task Restart_WithConnections_TheyStayWithTheOldProcessAndAreListed()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var handler = await daemon.ConnectAsync("echo");
        using var child = await daemon.ConnectAsync("cat");
        Assert.Equal("a", await handler.TalkAsync("a"));
        Assert.Equal("a", await child.TalkAsync("a"));

        var fresh = await daemon.RestartAsync();

        Assert.NotEqual(daemon.Pid, fresh);
        var before = (await daemon.LingeringAsync())[0];
        Assert.Equal((daemon.Pid, 2), (before.Pid, before.Connections));
        var listed = await daemon.ConnectionsAsync();
        Assert.Equal([daemon.Pid, daemon.Pid], listed.Select(connection => connection.Process));
        Assert.Equal("b", await handler.TalkAsync("b"));
        Assert.Equal("b", await child.TalkAsync("b"));
        using var third = await daemon.ConnectAsync("echo");
        Assert.Equal("c", await third.TalkAsync("c"));

        var id = listed.Single(connection => connection.Service == "echo").Id;
        await daemon.DoAsync("abort", id: id);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => handler.ReceiveAsync(1));
        child.Finish();
        Assert.Equal("", await child.ReadToEndAsync());
        await daemon.WaitForEventAsync("LingerOver");
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process");
    }

    [Fact]
    public async Task Restart_WithOtherPaths_LeavesNoneOfTheOldBehind()
    {
        await using var daemon = await Daemon.StartAsync("[daemon]\npid_file = \"%dir%/daemon.pid\"\n" + Map);
        daemon.Edit(map => map.Replace("control.sock", "second.sock", StringComparison.Ordinal)
            .Replace("daemon.pid", "second.pid", StringComparison.Ordinal)
            .Replace("echo.sock", "other.sock", StringComparison.Ordinal));

        await daemon.DoAsync("restart");
        await daemon.WaitForEventAsync("LingerOver");

        await Deadline.UntilAsync(() => Left().SequenceEqual(["other.sock", "second.pid", "second.sock"]), "the paths of the new map only");
        Assert.Equal(0, (await Netsuperd.RunAsync("stop", "--control", daemon.Scratch["second.sock"])).Status);
        Assert.Empty(Left());

        IEnumerable<string?> Left() => Directory.EnumerateFiles(daemon.Scratch.Folder).Select(Path.GetFileName)
            .Where(name => Path.GetExtension(name) is ".sock" or ".pid").Order();
    }

    [Fact]
    public async Task Usr2_AMapWithErrors_FailsAndTheOldProcessServes()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["RestartFailed"] });
        daemon.Edit(map => map.Replace("\"cat\"", "\"cta\"", StringComparison.Ordinal));

        var result = await daemon.AskAsync("restart");
        Assert.Equal(78, result.Status);
        Assert.Contains("status 78", result.Errors, StringComparison.Ordinal);
        daemon.Signal(RunningProcess.SIGUSR2);
        await daemon.WaitForEventsAsync("RestartFailed", 2, IsEnd);

        Assert.Equal(daemon.Pid, (await daemon.StatusAsync()).Pid);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));

        // Each failure is an event for how the new process ended, and one for each problem of the map.
        static bool IsEnd(LogEvent found) => found["Reason"].Contains("ended with status 78", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_APausedService_IsStillPaused()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await daemon.DoAsync("pause", "echo");
        await daemon.RestartAsync();

        using var client = await daemon.ConnectAsync("echo");
        await client.SendAsync("x");
        Assert.Equal("paused", (await daemon.StatusAsync()).Sockets[0].State);
        await daemon.DoAsync("resume", "echo");
        Assert.Equal("x", System.Text.Encoding.ASCII.GetString(await client.ReceiveAsync(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Restart_AWaitSocketWhoseChildLives_RestsInTheNewProcessUntilItEnds(int times)
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%port%" = "it"

            [services.it]
            exec = [
                "/usr/bin/perl", "-e",
                "open(my $s, '+<&=', 0); accept(my $c, $s); syswrite($c, \"$$ \"); while (sysread($c, my $b, 100)) { syswrite($c, $b) }",
            ]
            wait = true
            """);
        using var first = await daemon.ConnectAsync("port");
        Assert.NotEmpty(await first.ReceiveAsync(2));
        for (var i = 0; i < times; i++)
        {
            await daemon.RestartAsync();
        }

        Assert.Equal("resting", (await daemon.StatusAsync()).Sockets[0].State);
        using var second = await daemon.ConnectAsync("port");
        first.Finish();
        await first.ReceiveToEndAsync();
        Assert.NotEmpty(await second.ReceiveAsync(2));
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process");
        second.Finish();
        await second.ReceiveToEndAsync();
    }

    [Fact]
    public async Task Restart_ASocketThatTheNewMapDrops_ServesTheWaitingClients()
    {
        await using var daemon = await Daemon.StartAsync(Map + "\n[ports.\"127.0.0.1:%other%\"]\nservice = \"discard\"\n");
        await daemon.DoAsync("pause", "echo");
        await daemon.DoAsync("pause", "cat");
        using var handler = await daemon.ConnectAsync("echo");
        using var child = await daemon.ConnectAsync("cat");
        using var unix = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);
        daemon.Edit(map => string.Join('\n', map.Split('\n').Where(line => !line.EndsWith("= \"echo\"") && !line.EndsWith("= \"cat\""))));

        await daemon.RestartAsync();

        foreach (var waiting in new[] { handler, child, unix })
        {
            Assert.Equal("x", await waiting.TalkAsync("x"));
        }

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => daemon.ConnectAsync("echo"));
        Assert.False(Path.Exists(daemon.Scratch["echo.sock"]));
    }

    [Fact]
    public async Task Restart_ASocketPassedByName_IsKept()
    {
        var port = FreePorts.Next();

        // Passes a socket as a service manager does; descriptors up to $^F stay open.
        var pass = "use Socket; BEGIN { $^F = 9 } socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); "
            + $"bind(S, sockaddr_in({port}, INADDR_LOOPBACK)) or die $!; listen(S, 100); "
            + "use POSIX; dup2(fileno(S), 3) if fileno(S) != 3; @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 1, 'web'); "
            + "exec @ARGV";
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            "127.0.0.1:%own%" = { service = "echo", name = "web" }
            """,
            new DaemonSetup { Through = ["/usr/bin/perl", "-e", pass] });
        for (var i = 0; i < 3; i++)
        {
            using var client = await TcpPeer.ConnectAsync(port);
            Assert.Equal("x", await client.TalkAsync("x"));
            await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => daemon.ConnectAsync("own"));
            await daemon.RestartAsync();
        }

        Assert.DoesNotContain(daemon.Events, found => found.Name == "SocketUnclaimed");
    }

    [Fact]
    public async Task Restart_AnAddressThatAReloadCouldNotBind_FailsItsServiceUntilItComes()
    {
        using var taken = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        var port = FreePorts.Next();
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Loopback, port));
        taken.Listen();
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["BindFailed"] });
        daemon.Edit(map => map.Replace("[ports]\n", $"[ports]\n\"[::1]:{port}\" = \"late\"\n", StringComparison.Ordinal)
            + "\n[services.late]\nhandler = \"echo\"\n");
        Assert.Equal(71, (await daemon.AskAsync("reload")).Status);

        Assert.NotEqual(daemon.Pid, await daemon.RestartAsync());

        await daemon.UntilAsync("late", "failed");
        using var other = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await other.TalkAsync("x"));
        taken.Dispose();
        await daemon.WaitForEventAsync("BindRecovered");
        using var client = await TcpPeer.ConnectAsync(port, "::1");
        Assert.Equal("y", await client.TalkAsync("y"));
    }

    [Fact]
    public async Task Restart_HandlersThatDoNotEnd_AreAbortedAfterTheLingerTime()
    {
        await using var daemon = await Daemon.StartAsync(Map + "\n[daemon]\nrestart_linger = \"1s\"\ndrain = \"2s\"\n");
        using var handler = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await handler.TalkAsync("a"));
        await daemon.RestartAsync();

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => handler.ReceiveAsync(1));
        await daemon.WaitForEventAsync("LingerOver");
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process");
    }

    private static Func<string, string> ToWait(Daemon daemon) =>
        map => map.Replace($"{daemon.Port("echo")}\" = \"echo\"", $"{daemon.Port("echo")}\" = \"wait\"", StringComparison.Ordinal);
}
