using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Handlers of datagrams in a process with rights of their own.</summary>
public sealed class WorkerDatagramTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Datagrams_OfEverySocket_AreServedWithTheRightsOfTheMap()
    {
        Privilege.Require("only root gives a worker another user");
        await using var daemon = await StartAsync("""
            user = "nobody"
            """, "DatagramFailed");
        using var client = DatagramPeer.Of(daemon.Port("one"));
        using var six = DatagramPeer.Of(daemon.Port("six"), "::1");
        using var ofUnix = DatagramPeer.OfUnix(daemon.Scratch["one.sock"], daemon.Scratch["own.sock"]);

        Assert.Equal("Uid:\t65534\t65534\t65534\t65534", await client.AskAsync("status Uid"));
        Assert.NotEqual($"{daemon.Pid}", await client.AskAsync("pid"));
        Assert.Equal($"{client.Name} 127.0.0.1:{daemon.Port("one")}", await client.AskAsync("ends"));
        Assert.Equal($"{six.Name} [::1]:{daemon.Port("six")}", await six.AskAsync("ends"));
        Assert.Equal($"{daemon.Scratch["own.sock"]} {daemon.Scratch["one.sock"]}", await ofUnix.AskAsync("ends"));

        // Every length, none and two answers, and an exception, each to its own client.
        foreach (var length in (int[])[0, 1, 1472, 60_000])
        {
            var data = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            Assert.Equal(data, await client.AskAsync(data));
        }

        Assert.Equal(65_536, (await ofUnix.AskAsync(new byte[65_536])).Length);
        client.Send("nothing"u8.ToArray());
        client.Send("throw"u8.ToArray());
        Assert.Equal("once", await client.AskAsync("twice"));
        Assert.Equal("again"u8.ToArray(), await client.HearAsync());
        var failed = await daemon.WaitForEventAsync("DatagramFailed");
        Assert.Equal((4006, "one", client.Name), (failed.Id, failed["Service"], failed["Peer"]));
        var counted = await Counted.UntilAsync(daemon, "one", found => found.Datagrams("received") == 13, "all of them");
        Assert.Equal((12, 1), (counted.Datagrams("answered"), counted.Datagrams("failed")));

        // A built-in, and a reload that changes nothing of the process.
        using var echo = DatagramPeer.Of(daemon.Port("builtin"));
        Assert.Equal("x", await echo.AskAsync("x"));
        var pid = await client.AskAsync("pid");
        daemon.Edit(map => map.Replace("drain = \"2s\"", "drain = \"1s\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(pid, await client.AskAsync("pid"));
        Assert.Equal("y", await echo.AskAsync("y"));
    }

    [Fact]
    public async Task Gates_JudgeEachDatagramAndEachAnswer()
    {
        await using var daemon = await StartAsync("""
            worker = "one"
            deny = ["127.0.0.2"]
            bytes_per_source = "1KiB/min"
            """);
        using var denied = DatagramPeer.Of(daemon.Port("one"), from: "127.0.0.2");
        denied.Send("pid"u8.ToArray());
        using var client = DatagramPeer.Of(daemon.Port("one"));
        Assert.Equal("once", await client.AskAsync("twice"));
        client.Send(new byte[2000]);

        var counted = await Counted.UntilAsync(daemon, "one", found => found.Datagrams("refused") == 2, "both refusals");
        Assert.Equal((1, 1), (counted.For("address"), counted.For("budget")));
        Assert.False(denied.HasAnswer);
    }

    [Theory]
    [InlineData("exit 3", "exited with status 3")]
    [InlineData("forge FF00", "killed by signal SIGKILL")]
    [InlineData("forge 0209000000000000", "killed by signal SIGKILL")]
    [InlineData("forge 0300000000000000", "killed by signal SIGKILL")]
    [InlineData("sleep", "killed by signal SIGKILL")]
    public async Task Worker_ThatEnds_LosesWhatItServesAndIsStartedAgain(string end, string how)
    {
        await using var daemon = await StartAsync("""
            worker = "one"
            """);
        using var client = DatagramPeer.Of(daemon.Port("one"));
        var pid = await client.AskAsync("pid");

        client.Send(System.Text.Encoding.ASCII.GetBytes(end));

        // It may have said earlier that it has served the datagram. That is found when what it says afterwards comes before the next
        // datagram; what comes later is taken for that one, and found at the one after it.
        var sent = 2;
        await Deadline.UntilAsync(
            async () =>
            {
                if ((await Counted.AskAsync(daemon, "one")).Datagrams("received") == sent)
                {
                    client.Send("nothing"u8.ToArray());
                    sent++;
                }

                return daemon.Events.Any(found => found.Name == "WorkerRestarts");
            },
            isThere => isThere,
            "the next process",
            TimeSpan.FromMinutes(2));
        var restarts = await daemon.WaitForEventAsync("WorkerRestarts");
        Assert.Equal("worker:one", restarts["Worker"]);
        Assert.StartsWith(how, restarts["End"], StringComparison.Ordinal);

        // What arrives meanwhile waits in the socket.
        Assert.NotEqual(pid, await client.AskAsync("pid"));
        var counted = await Counted.UntilAsync(daemon, "one", found => found.For("worker_lost") > 0, "what was lost");
        Assert.Equal(end == "sleep", daemon.Events.Any(found => found.Name == "WorkerHangs"));
        Assert.InRange(counted.Datagrams("failed"), 1, 2);
    }

    [Fact]
    public async Task Handler_ThatBlocks_IsNamedAndDelaysNothingElse()
    {
        await using var daemon = await StartAsync("""
            worker = "one"
            """);
        using var client = DatagramPeer.Of(daemon.Port("one"));
        using var other = DatagramPeer.Of(daemon.Port("builtin"));
        client.Send("sleep"u8.ToArray());

        Assert.Equal("one", (await daemon.WaitForEventAsync("DatagramHandlerBlocks"))["Service"]);
        Assert.Equal("x", await other.AskAsync("x"));

        // A map without the service ends the wait, and the service can come back.
        daemon.Edit(text => text.Replace("= \"one\" #", "= \"builtin\" #", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("y", await client.AskAsync("y"));
        Assert.Equal("z", await other.AskAsync("z"));
        Assert.Equal(0, await daemon.StopAsync());
    }

    private Task<Daemon> StartAsync(string keys, params string[] expected) => Daemon.StartAsync(
        $$"""
        [ports]
        "127.0.0.1:%one%/udp" = "one" #
        "[::1]:%six%/udp" = "one" #
        "%dir%/one.sock" = { service = "one", type = "datagram" }
        "127.0.0.1:%builtin%/udp" = "builtin"
        [services.one]
        handler = "obeys-datagrams"
        {{keys}}
        [services.builtin]
        handler = "echo"
        worker = "builtin"
        [daemon]
        plugins = "{{plugins.Folder}}"
        drain = "2s"
        """,
        new DaemonSetup { Expected = expected });
}
