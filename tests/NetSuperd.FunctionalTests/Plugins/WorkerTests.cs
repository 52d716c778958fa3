using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Handlers in a process with rights of their own.</summary>
public sealed class WorkerTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Worker_OfAUser_HasTheRightsOfTheMapAndNothingElse()
    {
        Privilege.Require("only root gives a worker another user");
        await using var daemon = await StartAsync("""
            [services.one]
            handler = "obeys"
            user = "nobody"
            groups = ["daemon"]
            nice = 3
            umask = "077"
            cwd = "/usr"
            env = { COLOR = "blue" }
            limits = { nofile = "200:300", core = 0 }
            [services.two]
            handler = "obeys"
            user = "nobody"
            groups = ["daemon"]
            nice = 3
            umask = "077"
            cwd = "/usr"
            env = { COLOR = "blue" }
            limits = { nofile = "200:300", core = 0 }
            [services.three]
            handler = "obeys"
            user = "nobody"
            worker = "alone"
            """);
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        using var two = await ObedientPeer.ConnectAsync(daemon, "two");
        using var three = await ObedientPeer.ConnectAsync(daemon, "three");

        Assert.Equal("Uid:\t65534\t65534\t65534\t65534", await one.AskAsync("status Uid"));
        Assert.Equal("Gid:\t65534\t65534\t65534\t65534", await one.AskAsync("status Gid"));
        Assert.Equal("Groups:\t1", (await one.AskAsync("status Groups")).TrimEnd());
        Assert.Equal("CapEff:\t0000000000000000", await one.AskAsync("status CapEff"));
        Assert.Equal("CapBnd:\t0000000000000000", await one.AskAsync("status CapBnd"));
        Assert.Equal("NoNewPrivs:\t1", await one.AskAsync("status NoNewPrivs"));
        Assert.Equal("Umask:\t0077", await one.AskAsync("status Umask"));
        Assert.Equal(["300", "300"], (await one.AskAsync("limits open")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5]);
        Assert.Equal(("3", "/usr", "blue", "none"), (await one.AskAsync("nice"), await one.AskAsync("cwd"), await one.AskAsync("env COLOR"),
            await one.AskAsync("env NOTIFY_SOCKET")));
        Assert.Equal(("refused", "errno 1"), (await one.AskAsync("read /etc/shadow"), await one.AskAsync($"kill {daemon.Pid}")));

        Assert.Equal("refused", await one.AskAsync($"read /proc/{await three.PidAsync()}/maps"));

        // The client, the channel and the report of netsuperd-exec are all that it may share with the daemon.
        Assert.Equal(await one.PidAsync(), await two.PidAsync());
        Assert.NotEqual(await one.PidAsync(), await three.PidAsync());
        Assert.NotEqual(daemon.Pid, await one.PidAsync());
        var sockets = (await one.AskAsync("files")).Split(' ').Count(file => file.StartsWith("socket:", StringComparison.Ordinal));
        Assert.Equal(3, sockets);
        var (peer, local) = (one.Peer.Name, one.Peer.Server);
        var (start, _) = (await daemon.WaitForEventAsync("ConnectionStarted", found => found["Peer"] == peer), 0);
        Assert.Equal($"{peer} {local} {start["ConnectionId"]} one", await one.AskAsync("ends"));

        // The child is that of the worker, which the operator ends by its number.
        Assert.Contains("'worker:nobody'", Assert.Single((await daemon.RequestAsync("stop", "one")).Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3", "exited with status 3")]
    [InlineData("crash", "killed by signal SIGABRT")]
    [InlineData("leave", "killed by signal SIGKILL")]
    public async Task Worker_ThatEnds_EndsItsOwnConnectionsAndIsStartedAgain(string end, string how)
    {
        await using var daemon = await StartAsync("""
            [services.one]
            handler = "obeys"
            worker = "shared"
            [services.two]
            handler = "obeys"
            worker = "shared"
            [services.three]
            handler = "obeys"
            worker = "other"
            """);
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        using var two = await ObedientPeer.ConnectAsync(daemon, "two");
        using var three = await ObedientPeer.ConnectAsync(daemon, "three");
        using var inside = await daemon.ConnectAsync("echo");
        await inside.SendAsync("TE");
        var pid = await one.PidAsync();
        Assert.Equal(pid, await two.PidAsync());
        var other = await three.PidAsync();

        if (end == "leave")
        {
            await one.AskAsync(end);
            await Shell.RunAsync($"kill -KILL {pid}");
        }
        else
        {
            await one.TellAsync(end);
        }

        await HandlerCallTests.AssertResetAsync(one.Peer);
        await HandlerCallTests.AssertResetAsync(two.Peer);
        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(one.Peer.Name)).End["End"]);
        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(two.Peer.Name)).End["End"]);
        var restarts = await daemon.WaitForEventAsync("WorkerRestarts");
        Assert.Equal(("worker:shared", how), (restarts["Worker"], restarts["End"]));

        using var again = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(pid, await again.PidAsync());
        Assert.Equal(other, await three.PidAsync());
        Assert.Equal("TEST", await inside.ExchangeAsync("ST"));
        var status = await daemon.StatusAsync();
        Assert.Equal(1, status.Service("two").Ends["worker_lost"]);
        Assert.Equal(new WorkerStatus("shared", await again.PidAsync()), status.Service("two").Worker);
        Assert.Null(status.Service("echo").Worker);
    }

    [Fact]
    public async Task Worker_ThatHangs_IsKilledAndStartedAgain()
    {
        await using var daemon = await StartAsync("""
            [services.one]
            handler = "obeys"
            worker = "hangs"
            """);
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        var pid = await one.PidAsync();
        await one.TellAsync("stop-self");

        await daemon.WaitForEventAsync("WorkerHangs", limit: TimeSpan.FromMinutes(2));

        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(one.Peer.Name)).End["End"]);
        using var again = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(pid, await again.PidAsync());
    }

    [Fact]
    public async Task Worker_ThatSendsForeignMessages_HarmsItsOwnConnectionsOnly()
    {
        await using var daemon = await StartAsync("""
            [services.one]
            handler = "obeys"
            worker = "liar"
            [services.two]
            handler = "obeys"
            worker = "honest"
            """);
        using var two = await ObedientPeer.ConnectAsync(daemon, "two");
        var id = (await two.AskAsync("ends")).Split(' ')[2];
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");

        // The end of a connection of another worker, and an event that only the daemon logs: both are ignored.
        await one.AskAsync($"forge {Ended(id)}");
        const string Logged = """
            {"Service":"two","ConnectionId":null,"Level":2,"IsOwn":true,"Id":1,"Name":"Stopped","Message":"","Values":{},"Exception":null}
            """;
        await one.AskAsync($"forge 0D{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(Logged))}");
        Assert.Equal("two", (await two.AskAsync("ends")).Split(' ')[3]);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "Stopped");

        // A worker reports the end of its own connection, and still serves the client: the daemon then closes that connection.
        using (var own = await ObedientPeer.ConnectAsync(daemon, "one"))
        {
            await own.TellAsync($"forge {Ended((await own.AskAsync("ends")).Split(' ')[2])}");
            await own.Peer.ReadToEndAsync();
            Assert.Equal("closed", (await daemon.WaitForRecordAsync(own.Peer.Name)).End["End"]);
        }

        // What is no message ends the worker.
        await one.TellAsync("forge FF00");
        Assert.Equal("it has sent a malformed message", (await daemon.WaitForEventAsync("WorkerRestarts"))["End"]);
        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(one.Peer.Name)).End["End"]);
        Assert.Equal("hello", await two.AskAsync("greeting"));

        // So do a connection of another worker that is passed on, and one of its own that is passed to a service it has not named.
        await PassAsync(_ => id);
        await PassAsync(own => own);
        Assert.Equal("hello", await two.AskAsync("greeting"));

        async Task PassAsync(Func<string, string> choose)
        {
            using var next = await ObedientPeer.ConnectAsync(daemon, "one");
            var passed = choose((await next.AskAsync("ends")).Split(' ')[2]);
            var form = $$"""{"Id":{{passed}},"Received":0,"Sent":0,"Service":"echo","Greeting":"","Refusal":null}""";
            await next.TellAsync($"forge 11{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(form))}");
            Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(next.Peer.Name)).End["End"]);
        }
    }

    [Fact]
    public async Task Worker_WithAMemoryLimit_EndsBeforeTheHostSuffers()
    {
        await using var daemon = await StartAsync("""
            [services.one]
            handler = "obeys"
            worker = "hungry"
            limits = { data = "300MiB" }
            """, "HandlerFailed");
        using var one = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal("eaten", await one.AskAsync("eat 20"));

        await one.TellAsync("eat 1000");

        Assert.Contains((await daemon.WaitForRecordAsync(one.Peer.Name)).End["End"], (string[])["failed", "worker_lost"]);
        using var again = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal("eaten", await again.AskAsync("eat 20"));
    }

    private Task<Daemon> StartAsync(string services, params string[] expected) =>
        WorkerDaemon.StartAsync(plugins, services, "2s", expected);

    /// <summary>The message that a connection has ended in order.</summary>
    private static string Ended(string id)
    {
        var number = BitConverter.GetBytes(long.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        return $"0C000000000000{Convert.ToHexString(number)}{new string('0', 174)}";
    }
}
