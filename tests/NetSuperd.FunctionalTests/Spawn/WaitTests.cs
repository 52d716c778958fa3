using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;
using static NetSuperd.FunctionalTests.Spawn.WaitDaemon;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>wait = true</c>: one child has the socket itself, which rests until it has ended.</summary>
public sealed class WaitTests
{
    // Each accepts one client, sends its own process id, and stays until the client leaves.
    private const string AcceptsOne = "use Socket; accept(C, STDIN); syswrite(C, $$); sysread(C, $_, 1)";

    [Fact]
    public async Task Stream_OneClientAfterTheOther_HasAChildEach()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%\" = \"wait\"", AcceptsOne);
        var pids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            using var client = await daemon.ConnectAsync("p");
            pids.Add(Text(await ReceiveAsync(client.Socket)));
        }

        Assert.Equal(5, pids.Distinct().Count());
        await Deadline.UntilAsync(() => Count(daemon, "ChildEnded") == 5, "five end records");
        Assert.Equal(pids, daemon.Events.Where(found => found.Name == "ChildStarted").Select(found => found["Pid"]));
        Assert.Equal(0, Count(daemon, "WaitBackoff"));
    }

    [Fact]
    public async Task Stream_WhileAChildRuns_TheSocketRests()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%\" = \"wait\"", AcceptsOne);
        using var first = await daemon.ConnectAsync("p");
        var pid = Text(await ReceiveAsync(first.Socket));
        using var second = await daemon.ConnectAsync("p");
        using var echo = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await echo.ExchangeAsync("TEST"));
        Assert.Equal(pid, Assert.Single(ProcFiles.Children(daemon.Pid)).Pid.ToString(System.Globalization.CultureInfo.InvariantCulture));

        first.Finish();

        Assert.NotEqual(pid, Text(await ReceiveAsync(second.Socket)));
        Assert.Equal(0, Count(daemon, "WaitBackoff"));
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("seqpacket")]
    public async Task UnixSocket_WithConnections_IsInherited(string type)
    {
        await using var daemon = await StartAsync($"\"%dir%/wait.sock\" = {{ service = \"wait\", type = \"{type}\" }}", AcceptsOne);
        var kind = type == "stream" ? SocketType.Stream : SocketType.Seqpacket;
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["wait.sock"], kind);
        using var next = await TcpPeer.ConnectUnixAsync(daemon.Scratch["wait.sock"], kind);
        var first = Text(await ReceiveAsync(client.Socket));
        client.Finish();

        Assert.NotEqual(first, Text(await ReceiveAsync(next.Socket)));
    }

    [Fact]
    public async Task UnixSocket_OfDatagrams_IsInherited()
    {
        await using var daemon = await StartAsync(
            "\"%dir%/wait.sock\" = { service = \"wait\", type = \"datagram\" }", $"{Receives}; print STDERR qq(got $_\\n)");
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(daemon.Scratch["wait.sock"]));
        foreach (var word in new[] { "one", "two" })
        {
            client.Send(Encoding.ASCII.GetBytes(word));
            await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == $"got {word}");
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    public async Task Datagrams_OneAfterTheOther_HaveAChildEach(string key, string address)
    {
        await using var daemon = await StartAsync(
            $"\"{key}:%p%/udp\" = \"wait\"", $"{Receives}; send(S, qq($$ $_), 0, $from)");
        using var client = Client(daemon, address);
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            client.Send(Encoding.ASCII.GetBytes($"word {i}"));
            answers.Add(Text(await ReceiveAsync(client)));
        }

        Assert.Equal(["word 0", "word 1", "word 2"], answers.Select(answer => answer[(answer.IndexOf(' ') + 1)..]));
        Assert.Equal(3, answers.Select(answer => answer.Split(' ')[0]).Distinct().Count());
        Assert.Equal($"{client.LocalEndPoint}", (await daemon.WaitForEventAsync("ChildStarted"))["Peer"]);
        Assert.Equal(0, Count(daemon, "DatagramDropped"));
    }

    [Fact]
    public async Task Datagram_ThatTheChildLeaves_IsDroppedCountedAndBackedOff()
    {
        // Goes without a word once, and reads what comes next.
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"wait\"",
            $"exit 1 unless -e q(%dir%/read); {Receives}; send(S, $_, 0, $from)");
        using var client = Client(daemon);
        for (var i = 1; i <= 3; i++)
        {
            client.Send("left"u8);
            var dropped = await daemon.WaitForEventAsync("DatagramDropped", found => found["Dropped"] == $"{i}");
            Assert.Equal(("4", $"{client.LocalEndPoint}"), (dropped["Length"], dropped["Peer"]));
        }

        await daemon.WaitForEventAsync("WaitBackoff", found => found["Pause"] == "0.4");
        Assert.Equal(3, Count(daemon, "ChildStarted"));
        daemon.Scratch.Write("read", "");
        client.Send("kept"u8);
        Assert.Equal("kept", Text(await ReceiveAsync(client)));
    }

    [Fact]
    public async Task Connection_ThatTheChildLeaves_IsKeptAndBackedOff()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%\" = \"wait\"", $"exit 1 unless -e q(%dir%/accept); {AcceptsOne}");
        using var client = await daemon.ConnectAsync("p");
        await daemon.WaitForEventAsync("WaitBackoff", found => found["Pause"] == "0.4");
        Assert.InRange(Count(daemon, "ChildStarted"), 3, 4);

        daemon.Scratch.Write("accept", "");
        Assert.NotEqual("", Text(await ReceiveAsync(client.Socket)));
    }

    [Fact]
    public async Task Clients_ThatLeaveBeforeTheyAreAccepted_DoNotHoldUpOthers()
    {
        // The system no longer names such a connection, but still gives it to the child.
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"", "select(undef, undef, undef, 0.05); use Socket; accept(C, STDIN); syswrite(C, $$)");
        for (var i = 0; i < 6; i++)
        {
            using var gone = await daemon.ConnectAsync("p");
            gone.Reset();
        }

        using var client = await daemon.ConnectAsync("p");
        Assert.NotEqual("", Text(await ReceiveAsync(client.Socket)));
        Assert.InRange(Count(daemon, "WaitBackoff"), 0, 1);
    }

    [Fact]
    public async Task Child_ThatWakesItsService_IsHeldBackAndDoesNotHoldUpClients()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"wait\"", $"{Receives}; send(S, $_, 0, $_ eq q(loop) ? getsockname(S) : $from)");
        using var client = Client(daemon);
        client.Send("loop"u8);
        Assert.Equal("256", (await daemon.WaitForEventAsync("WakesItself", limit: TimeSpan.FromMinutes(2)))["Rate"]);

        Assert.Contains("limited to 256 children a minute", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        client.Send("TEST"u8);
        Assert.Equal("TEST", Text(await ReceiveAsync(client)));
    }

    [Fact]
    public async Task Program_ThatVanished_DoesNotSpin()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"", "",
            new DaemonSetup { Expected = ["SpawnFailed"], Prepare = scratch => File.Copy("/bin/cat", scratch["gone"]) },
            exec: "\"%dir%/gone\"");
        File.Delete(daemon.Scratch["gone"]);
        using var client = await daemon.ConnectAsync("p");

        await daemon.WaitForEventAsync("WaitBackoff", found => found["Pause"] == "0.4");
        Assert.InRange(Count(daemon, "SpawnFailed"), 3, 4);

        // The client that waits is not closed, and the log does not say so.
        Assert.All(daemon.Events.Where(found => found.Name == "SpawnFailed"), found =>
            Assert.Equal("its clients wait for the next attempt", found["Outcome"]));
        Assert.False(client.Socket.Poll(0, System.Net.Sockets.SelectMode.SelectRead));
    }

    [Fact]
    public async Task Stop_WhileAChildRuns_EndsIt()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%\" = \"wait\"", AcceptsOne);
        using var client = await daemon.ConnectAsync("p");
        await ReceiveAsync(client.Socket);

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal(("killed", "by signal SIGTERM"), Ended(await daemon.WaitForEventAsync("ChildEnded")));
    }

    private static (string End, string Detail) Ended(LogEvent found) => (found["End"], found["Detail"]);
}
