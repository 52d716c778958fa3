using System.Globalization;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>How a child ends that the map or the operator no longer wants: <c>on_change</c> and <c>stop_signal</c>.</summary>
public sealed class ObsoleteChildTests
{
    // Answers every datagram with the number of its process and a word of the map, until it is told to end.
    private const string Answers = "$SIG{TERM} = q(IGNORE); $SIG{USR1} = sub { exit 3 }; open(S, q(+<&=0)); "
        + "while (1) { $from = recv(S, $_, 100, 0) or next; send(S, qq($$ $ENV{WORD}), 0, $from); exit 0 if $_ eq q(end) }";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Child_OfAServiceThatIsChanged_IsLeftToItsOwnEnd(bool restarts)
    {
        await using var daemon = await StartAsync("on_change = \"leave\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        daemon.Edit(map => map.Replace("WORD = \"one\"", "WORD = \"two\"", StringComparison.Ordinal));

        await (restarts ? daemon.RestartAsync() : daemon.DoAsync("reload"));

        Assert.Equal(first, await AskAsync(client));
        Assert.Equal(("resting", "a child serves until it ends (on_change = \"leave\")"), await SocketAsync(daemon));
        Assert.Equal(first, await AskAsync(client, "end"));
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        Assert.Equal("two", (await AskAsync(client, "end")).Word);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnding");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Child_OfAServiceThatIsRemoved_IsLeftToItsOwnEnd(bool restarts)
    {
        await using var daemon = await StartAsync("on_change = \"leave\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        daemon.Edit(map => map.Replace("[services.it]\n", "[services.it]\nenabled = false\n", StringComparison.Ordinal));

        await (restarts ? daemon.RestartAsync() : daemon.DoAsync("reload"));

        Assert.Equal(first, await AskAsync(client));
        Assert.True(restarts || await SocketAsync(daemon) is ("ending", "a child serves until it ends (on_change = \"leave\")"));
        Assert.Equal(first, await AskAsync(client, "end"));
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnding");
    }

    [Fact]
    public async Task Restart_WhileAChildHasTheSocketThatAnotherHasReplaced_KeepsServing()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "%dir%/it.sock" = "it"
            "127.0.0.1:%echo%" = "echo"
            [services.it]
            exec = ["/usr/bin/perl", "-e", 'while (accept(C, STDIN)) { syswrite(C, $$); exit 0 if sysread(C, $_, 1) }']
            wait = true
            on_change = "leave"
            """);
        using var first = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        await daemon.WaitForEventAsync("ChildStarted");
        File.Delete(daemon.Scratch["it.sock"]);
        await daemon.DoAsync("reload");
        Assert.True(File.Exists(daemon.Scratch["it.sock"]));

        await daemon.RestartAsync();

        await first.SendAsync("x"u8.ToArray());
        await daemon.WaitForEventAsync("ChildEnded");
        using var next = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        await daemon.WaitForEventsAsync("ChildStarted", 2);
    }

    [Fact]
    public async Task Child_OfAServiceThatIsPaused_ServesUntilTheServiceIsStopped()
    {
        await using var daemon = await StartAsync("on_change = \"leave\"\nstop_signal = \"USR1\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);

        await daemon.DoAsync("pause", "it");

        Assert.Equal(first, await AskAsync(client));
        Assert.Equal(("paused", "a child serves until it ends (on_change = \"leave\")"), await SocketAsync(daemon));
        await daemon.DoAsync("stop", "it");
        Assert.Equal("with status 3", (await daemon.WaitForEventAsync("ChildEnded"))["Detail"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("reload")]
    [InlineData("restart")]
    [InlineData("restart reload")]
    [InlineData("stop")]
    public async Task Child_ThatIsAskedToEnd_GetsTheSignalOfItsService(string how)
    {
        await using var daemon = await StartAsync("stop_signal = \"USR1\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        var first = await AskAsync(client);
        await (how.StartsWith("restart", StringComparison.Ordinal) ? daemon.RestartAsync() : Task.CompletedTask);
        daemon.Edit(map => map.Replace("WORD = \"one\"", "WORD = \"two\"", StringComparison.Ordinal)
            .Replace("stop_signal = \"USR1\"", "", StringComparison.Ordinal));

        await (how switch
        {
            "" => daemon.StopAsync(),
            "stop" => daemon.DoAsync("stop", "it"),
            "restart" => daemon.RestartAsync(),
            _ => daemon.DoAsync("reload"),
        });

        var end = await daemon.WaitForEventAsync("ChildEnded");
        Assert.Equal((first.Pid, "with status 3"), (end["Pid"], end["Detail"]));
    }

    [Fact]
    public async Task Child_OfAConnection_GetsTheSignalAtTheStop()
    {
        await using var daemon = await StartAsync("");
        using var client = await daemon.ConnectAsync("s");
        Assert.Equal("ready", Encoding.ASCII.GetString(await client.ReceiveAsync(5)));

        await daemon.StopAsync();

        Assert.Equal("with status 4", (await daemon.WaitForEventAsync("ChildEnded"))["Detail"]);
    }

    private static Task<Daemon> StartAsync(string keys) => Daemon.StartAsync($$"""
        [ports]
        "127.0.0.1:%p%/udp" = "it"
        "127.0.0.1:%s%" = "each"
        [daemon]
        drain = "10m"
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{Answers}}']
        wait = true
        env = { WORD = "one" }
        {{keys}}
        [services.each]
        stop_signal = "USR1"
        exec = ["/usr/bin/perl", "-e", '$SIG{TERM} = q(IGNORE); $SIG{USR1} = sub { exit 4 }; syswrite(STDOUT, q(ready)); sleep 600 while 1']
        """);

    private static async Task<(string Pid, string Word)> AskAsync(DatagramPeer client, string word = "who")
    {
        client.Send(Encoding.ASCII.GetBytes(word));
        var answer = Encoding.ASCII.GetString(await client.HearAsync()).Split(' ');
        Assert.True(int.TryParse(answer[0], CultureInfo.InvariantCulture, out _));
        return (answer[0], answer[1]);
    }

    private static async Task<(string State, string? Reason)> SocketAsync(Daemon daemon)
    {
        var name = $"127.0.0.1:{daemon.Port("p")}";
        var socket = (await daemon.StatusAsync()).Sockets.Single(found => found.Socket == name);
        return (socket.State, socket.Reason);
    }
}
