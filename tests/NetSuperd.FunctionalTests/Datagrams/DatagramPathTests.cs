using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>What comes in as a datagram goes back as one, from where it was asked.</summary>
public sealed class DatagramPathTests
{
    private const string Map = """
        [ports]
        "%echo%/udp" = "echo"
        """;

    private const string UnixMap = Map + "\n\"%dir%/echo.sock\" = { service = \"echo\", type = \"datagram\" }";

    [OnWindows]
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2", Skip = WineLacks.Sources, SkipType = typeof(TestedSystem), SkipWhen = nameof(TestedSystem.IsWine))]
    [InlineData("::1")]
    public async Task Wildcard_AskedOnOneAddress_AnswersFromThere(string address)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = DatagramPeer.Of(daemon.Port("echo"), address);
        foreach (var length in new[] { 0, 1, 1472, 9000, 65_507 })
        {
            var data = new byte[length];
            new Random(length).NextBytes(data);

            Assert.Equal(data, await client.AskAsync(data));
        }

        var counted = await Counted.UntilAsync(daemon, "echo", found => found.Datagrams("received") == 5, "all of them");
        Assert.Equal((5, 5, 0), (counted.Datagrams("received"), counted.Datagrams("answered"), counted.Live));
    }

    [Fact]
    public async Task Longest_OfIPv6AndOfUnix_IsSentBack()
    {
        await using var daemon = await Daemon.StartAsync(UnixMap);
        using var ipv6 = DatagramPeer.Of(daemon.Port("echo"), "::1");
        using var unix = DatagramPeer.OfUnix(daemon.Scratch["echo.sock"], daemon.Scratch["own.sock"]);

        Assert.Equal(new byte[65_527], await ipv6.AskAsync(new byte[65_527]));
        Assert.Equal(new byte[65_536], await unix.AskAsync(new byte[65_536]));
    }

    [Fact]
    public async Task Unix_ADatagramThatIsTooLong_IsDroppedCountedAndLogged()
    {
        await using var daemon = await Daemon.StartAsync(UnixMap);
        using var client = DatagramPeer.OfUnix(daemon.Scratch["echo.sock"], daemon.Scratch["own.sock"]);
        client.Send(new byte[65_537]);

        Assert.Equal("next", await client.AskAsync("next"));
        Assert.Equal("truncated", (await daemon.WaitForEventAsync("DatagramRefused"))["Reason"]);
        var counted = await Counted.UntilAsync(daemon, "echo", found => found.Datagrams("received") == 2, "all of them");
        Assert.Equal((2, 1, 1), (counted.Datagrams("received"), counted.Datagrams("answered"), counted.Datagrams("truncated")));
    }

    [Fact]
    public async Task Unix_AClientThatNeverReads_AffectsNoOtherClient()
    {
        await using var daemon = await Daemon.StartAsync(UnixMap);
        using var full = DatagramPeer.OfUnix(daemon.Scratch["echo.sock"], daemon.Scratch["full.sock"]);
        using var other = DatagramPeer.OfUnix(daemon.Scratch["echo.sock"], daemon.Scratch["other.sock"]);
        for (var i = 0; i < 5000; i++)
        {
            full.Send(new byte[1000]);
        }

        var counted = await Counted.UntilAsync(daemon, "echo", found => found.Datagrams("received") == 5000, "all of them");
        Assert.Equal(5000, counted.Datagrams("answered") + counted.Datagrams("unsent"));
        Assert.InRange(counted.Datagrams("unsent"), 1, 4999);
        while (full.HasAnswer)
        {
            await full.HearAsync();
        }

        Assert.Equal("x", await other.AskAsync("x"));
    }

    [OnWindows]
    [Fact]
    public async Task Status_ShowsDatagramsAndTheStopSumsThem()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = DatagramPeer.Of(daemon.Port("echo"));
        Assert.Equal("x", await client.AskAsync("x"));
        await Counted.UntilAsync(daemon, "echo", found => found.Datagrams("answered") == 1, "the answer is counted");

        Assert.Matches(@"DATAGRAMS +RECEIVED +ANSWERED .*\necho +1 +1 ", await daemon.AskedAsync("status"));
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Contains(
            "datagrams received 1, datagrams answered 1", (await daemon.WaitForEventAsync("Served"))["Totals"], StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task Pause_LetsDatagramsWait()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = DatagramPeer.Of(daemon.Port("echo"));
        await daemon.DoAsync("pause", "echo");
        client.Send("x"u8.ToArray());
        Assert.Equal(0, (await Counted.AskAsync(daemon, "echo")).Datagrams("received"));

        await daemon.DoAsync("resume", "echo");

        Assert.Equal("x"u8.ToArray(), await client.HearAsync());
    }

    [Fact]
    public async Task Queue_ThatIsFull_IsShownByTheStatus()
    {
        const int Sent = 1000;
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%p%/udp\" = { service = \"discard\", receive_buffer = \"4KiB\" }\n");
        await daemon.DoAsync("pause", "discard");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < Sent; i++)
        {
            client.Send([1]);
        }

        var dropped = (await daemon.StatusAsync()).Sockets[0].Dropped!.Value;
        Assert.InRange(dropped, 1, Sent - 1);
        Assert.Matches($@"SOCKET .* DROPPED\n.* {dropped}\n", await daemon.AskedAsync("status"));
        await daemon.DoAsync("resume", "discard");
        await Counted.UntilAsync(daemon, "discard", found => found.Datagrams("received") == Sent - dropped, "the rest is received");
    }

    [Fact]
    public async Task ReloadAndRestart_WhileAClientAsks_LoseNoAnswer()
    {
        await using var daemon = await Daemon.StartAsync(Map + "\n[services.echo]\nhandler = \"echo\"\nrate = \"1000000/s\"\n");
        using var client = DatagramPeer.Of(daemon.Port("echo"));
        using var end = new CancellationTokenSource();
        var asked = 0;
        var asking = AskAsync();

        for (var i = 0; i < 6; i++)
        {
            daemon.Edit(map => map.Replace($"{1_000_000 - i}/s", $"{999_999 - i}/s", StringComparison.Ordinal));
            await (i % 3 == 2 ? daemon.RestartAsync() : daemon.DoAsync("reload"));
            var before = Volatile.Read(ref asked);
            await Deadline.UntilAsync(() => asking.IsCompleted || Volatile.Read(ref asked) > before + 10, "more answers");
        }

        await end.CancelAsync();
        await asking;

        async Task AskAsync()
        {
            while (!end.IsCancellationRequested)
            {
                var word = $"word {Interlocked.Increment(ref asked)}";
                Assert.Equal(word, await client.AskAsync(word));
            }
        }
    }

    [OnWindows]
    [Fact]
    public async Task Reload_ThatGivesASocketToAnotherService_HasThatAnswer()
    {
        await using var daemon = await Daemon.StartAsync("[ports]\n\"127.0.0.1:%p%/udp\" = \"echo\"\n");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        Assert.Equal("x", await client.AskAsync("x"));

        daemon.Edit(map => map.Replace("\"echo\"", "\"time\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        Assert.Equal(4, (await client.AskAsync("x"u8.ToArray())).Length);
        Assert.Equal(
            1,
            (await Counted.UntilAsync(daemon, "time", found => found.Datagrams("received") > 0, "the second one")).Datagrams("answered"));
    }

    [Fact]
    public async Task Reload_FromAHandlerToAChildAndBack_ServesBoth()
    {
        const string Child = """exec = ["/usr/bin/perl", "-e", "open(S, q(+<&=0)); $from = recv(S, $_, 100, 0); send(S, uc, 0, $from)"]""";
        await using var daemon = await Daemon.StartAsync("[ports]\n\"127.0.0.1:%p%/udp\" = \"it\"\n[services.it]\nhandler = \"echo\"\n");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("x", await client.AskAsync("x"));
            daemon.Edit(map => map.Replace("handler = \"echo\"", $"{Child}\nwait = true\nuser = \"root\"", StringComparison.Ordinal));
            await daemon.DoAsync("reload");
            Assert.Equal("X", await client.AskAsync("x"));
            daemon.Edit(map => map.Replace($"{Child}\nwait = true\nuser = \"root\"", "handler = \"echo\"", StringComparison.Ordinal));
            await daemon.DoAsync("reload");
        }

        Assert.Equal("x", await client.AskAsync("x"));
    }

    [Fact]
    public async Task Reload_FromAChildToAHandler_AnswersFromTheAddressThatWasAskedAfterEveryCheck()
    {
        const string Child = """exec = ["/usr/bin/perl", "-e", "open(S, q(+<&=0)); $from = recv(S, $_, 100, 0); send(S, uc, 0, $from)"]""";
        await using var daemon = await Daemon.StartAsync($"[ports]\n\"%p%/udp\" = \"it\"\n[services.it]\n{Child}\nwait = true\n");
        using var first = DatagramPeer.Of(daemon.Port("p"));
        Assert.Equal("X", await first.AskAsync("x"));
        daemon.Edit(map => map.Replace($"{Child}\nwait = true", "handler = \"echo\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var client = DatagramPeer.Of(daemon.Port("p"), "127.0.0.9");
        Assert.Equal("x", await client.AskAsync("x"));

        // Once a second the daemon checks its sockets, those that a child has had for what the child may have left, and then its control
        // socket.
        for (var i = 1; i <= 2; i++)
        {
            File.Delete(daemon.Scratch["control.sock"]);
            await daemon.WaitForEventsAsync("ControlReplaced", i);
        }

        Assert.Equal("y", await client.AskAsync("y"));
    }

    [Fact]
    public async Task Reload_ToAHandlerWhileADatagramWaits_AnswersIt()
    {
        const string Child = "exec = [\"/bin/false\"]\nwait = true";
        await using var daemon = await Daemon.StartAsync($"[ports]\n\"%p%/udp\" = \"it\"\n[services.it]\n{Child}\n");
        using var client = DatagramPeer.Of(daemon.Port("p"), "127.0.0.2");
        await daemon.DoAsync("pause", "it");
        client.Send("x"u8.ToArray());
        daemon.Edit(map => map.Replace(Child, "handler = \"echo\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await daemon.DoAsync("resume", "it");

        Assert.Equal("x"u8.ToArray(), await client.HearAsync());
    }

    [Fact]
    public async Task Error_OfAnAnswerThatDidNotArrive_EndsNothing()
    {
        // The child asks for such errors, and leaves the socket so (IP_RECVERR is 11).
        const string Script = "open(S, q(+<&=0)); setsockopt(S, 0, 11, 1); $from = recv(S, $_, 100, 0); send(S, uc, 0, $from)";
        const string Child = $"""exec = ["/usr/bin/perl", "-e", "{Script}"]""";
        await using var daemon = await Daemon.StartAsync($"[ports]\n\"127.0.0.1:%p%/udp\" = \"it\"\n[services.it]\n{Child}\nwait = true\n");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        Assert.Equal("X", await client.AskAsync("x"));
        daemon.Edit(map => map.Replace($"{Child}\nwait = true", "handler = \"echo\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal("x", await client.AskAsync("x"));
        for (var i = 0; i < 20; i++)
        {
            using var gone = DatagramPeer.Of(daemon.Port("p"));
            gone.Send("x"u8.ToArray());
        }

        await Counted.UntilAsync(daemon, "it", found => found.Datagrams("received") == 21, "all of them");
        Assert.Equal("y", await client.AskAsync("y"));
    }

    [Fact]
    public async Task Socat_OfBothFamilies_IsAnswered()
    {
        await using var daemon = await Daemon.StartAsync(Map);

        foreach (var target in new[] { $"UDP:127.0.0.3:{daemon.Port("echo")}", $"UDP6:[::1]:{daemon.Port("echo")}" })
        {
            Assert.Equal("from socat\n", (await Command.RunAsync("/bin/sh", "-c", $"echo from socat | socat -t 1 - {target}")).Output);
        }
    }
}
