using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>wait = true</c>: one child has the socket itself, which rests until it has ended.</summary>
public sealed class WaitTests
{
    // Each accepts one client, says who it is, and stays until the client leaves.
    private const string AcceptsOne = "use Socket; accept(C, STDIN); syswrite(C, $$); sysread(C, $_, 1)";

    // STDIN is for reading only.
    private const string Receives = "open(S, q(+<&=0)); $from = recv(S, $_, 100, 0)";

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
    public async Task Listener_ThatAChildHasShutDownAndUnblocked_IsForTheNextAsBefore()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"",
            "use Socket; use Fcntl; $flags = fcntl(STDIN, F_GETFL, 0); accept(C, STDIN); syswrite(C, $flags & O_NONBLOCK ? 1 : 0); "
            + "shutdown(STDIN, 2); fcntl(STDIN, F_SETFL, $flags | O_NONBLOCK)");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ListensAsync(() => daemon.ConnectAsync("p"));
            Assert.Equal("0", await client.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task UnixListener_ThatAChildHasShutDown_IsBoundAnew()
    {
        await using var daemon = await StartAsync(
            "\"%dir%/wait.sock\" = { service = \"wait\", mode = \"0666\" }",
            "use Socket; accept(C, STDIN); syswrite(C, $$); shutdown(STDIN, 2)");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ListensAsync(() => TcpPeer.ConnectUnixAsync(daemon.Scratch["wait.sock"]));
            Assert.NotEqual("", await client.ReadToEndAsync());
        }

        await daemon.WaitForEventAsync("SocketReplaced", found => found["Replaced"] == "3");
        Assert.Equal((UnixFileMode)0x1B6, File.GetUnixFileMode(daemon.Scratch["wait.sock"]));
        Assert.Equal(0, await daemon.StopAsync());
        Assert.False(File.Exists(daemon.Scratch["wait.sock"]));
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasShutDown_IsBoundAnew()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%/udp\" = \"wait\"", $"{Receives}; send(S, $_, 0, $from); shutdown(S, 2)");
        for (var i = 0; i < 3; i++)
        {
            // Between the old socket and the new one a datagram is refused.
            Assert.Equal("TEST", await AskAsync(daemon, "TEST"));
            await daemon.WaitForEventAsync("SocketReplaced", found => found["Replaced"] == $"{i + 1}");
        }
    }

    [Fact]
    public async Task Clients_ThatLeaveBeforeTheyAreAccepted_DoNotHoldUpOthers()
    {
        // The system does not name such a connection any more, and gives it to the child all the same.
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
    public async Task DatagramSocket_ThatAChildHasConnected_ServesTheNext()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"wait\"", $"use Socket; {Receives}; connect(S, $from); syswrite(S, $_)");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("TEST", await AskAsync(daemon, "TEST"));
            await Deadline.UntilAsync(() => Count(daemon, "ChildEnded") == i + 1, "the end of the child");
        }
    }

    [Fact]
    public async Task Child_ThatWakesItsService_IsHeldBackAndDoesNotHoldUpClients()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"wait\"", $"use Socket; {Receives}; send(S, $_, 0, $_ eq q(loop) ? getsockname(S) : $from)");
        using var client = Client(daemon);
        client.Send("loop"u8);
        Assert.Equal("256", (await daemon.WaitForEventAsync("WakesItself"))["Rate"]);

        Assert.Contains("limited to 256 children a minute", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        client.Send("TEST"u8);
        Assert.Equal("TEST", Text(await ReceiveAsync(client)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Process_ThatAChildHasLeftWithTheSocket_IsNamedAsLongAsItLives(bool isServedByAnother)
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"",
            "use Socket; use POSIX; accept(C, STDIN); unless ($p = fork) "
            + "{ setsid; alarm 60; close C; close STDERR; 1 while accept(D, STDIN) } syswrite(C, $p)");
        using var client = await daemon.ConnectAsync("p");
        var pid = await client.ReadToEndAsync();

        Assert.Equal($"perl (pid {pid})", (await daemon.WaitForEventAsync("SocketLeft"))["Process"]);
        Assert.Contains(
            $"perl (pid {pid}), which a child left behind, "
            + "still has the socket", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        if (isServedByAnother)
        {
            daemon.Edit(map => map.Replace("= \"wait\"", "= \"echo\"", StringComparison.Ordinal));
            await daemon.DoAsync("reload");
            await Deadline.UntilAsync(() => Count(daemon, "SocketLeft") == 2, "the process to be named for the other service");
            Assert.Contains(
                $"perl (pid {pid}), which a child left behind, "
                + "still has the socket", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        }

        await Command.OutputAsync("kill", pid);
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while ((await daemon.AskedAsync("status")).Contains("left behind", StringComparison.Ordinal))
        {
            Assert.False(deadline.IsCancellationRequested);
        }
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

    private static Task<Daemon> StartAsync(string port, string script, DaemonSetup? setup = null, string? exec = null) =>
        Daemon.StartAsync($"""
        [ports]
        {port}
        %echo% = "echo"
        [services.wait]
        exec = [{exec ?? $"\"/usr/bin/perl\", \"-e\", '{script}'"}]
        wait = true
        """, setup);

    /// <summary>Connects, as soon as the daemon listens again.</summary>
    private static async Task<TcpPeer> ListensAsync(Func<Task<TcpPeer>> connect)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while (true)
        {
            try
            {
                return await connect();
            }
            catch (SocketException refused) when (
                refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
                    && !deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Sends a datagram until it is answered: in the moment after a child's end the socket may still have its peer.</summary>
    private static async Task<string> AskAsync(Daemon daemon, string word)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while (true)
        {
            using var client = Client(daemon);
            try
            {
                client.Send(Encoding.ASCII.GetBytes(word));
                return Text(await ReceiveAsync(client));
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused
                && !deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private static Socket Client(Daemon daemon, string address = "127.0.0.1")
    {
        var server = new IPEndPoint(IPAddress.Parse(address), daemon.Port("p"));
        var client = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        client.Connect(server);
        return client;
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[100];
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return buffer[..await socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token)];
    }

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);

    private static int Count(Daemon daemon, string name) => daemon.Events.Count(found => found.Name == name);

    private static (string End, string Detail) Ended(LogEvent found) => (found["End"], found["Detail"]);
}
