using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>Connections that are forwarded to another server.</summary>
public sealed class ForwardTests(ForwardDaemon forward) : IClassFixture<ForwardDaemon>
{
    [Fact]
    public async Task Forward_OfManyBytes_CarriesEachOfThemBothWays()
    {
        var port = forward.EchoPort;
        await using var echo = RunningProcess.Start(
            "/usr/bin/socat", ["-d", "-d", "-t", "60", $"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr", "EXEC:/bin/cat"]);
        await echo.Errors.FindAsync(line => line.Contains("listening on", StringComparison.Ordinal) ? line : null, "socat listens");
        var sent = RandomNumberGenerator.GetBytes(50 << 20);

        using var client = await forward.Daemon.ConnectAsync("bulk");
        var received = await client.ExchangeAsync(sent);

        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(received)));
        var (_, end) = await forward.Daemon.WaitForRecordAsync(client.Name, client.Server);
        Assert.Equal(("closed", $"127.0.0.1:{port}"), (end["End"], end["Target"]));
        Assert.Equal(($"{sent.Length}", $"{sent.Length}"), (end["BytesReceived"], end["BytesSent"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HalfClose_OfOneEnd_LeavesTheOtherDirectionOpen(bool byClient)
    {
        var (client, target, id) = await forward.OpenAsync("plain");
        using var ofClient = client;
        using var ofTarget = target;
        var (first, second) = byClient ? (client, target) : (target, client);
        await first.SendAsync("last words");
        first.Finish();

        Assert.Equal("last words", await second.ReadToEndAsync());
        await second.SendAsync("and the answer");
        second.Finish();
        Assert.Equal("and the answer", await first.ReadToEndAsync());
        Assert.Equal("closed", (await forward.Daemon.WaitForEndAsync($"{id}"))["End"]);
    }

    [Theory]
    [InlineData("plain", true, "reset")]
    [InlineData("plain", false, "target_reset")]
    [InlineData("half-closed", true, "reset")]
    [InlineData("half-closed", false, "target_reset")]
    [InlineData("full", true, "reset")]
    [InlineData("full", false, "target_reset")]
    public async Task Reset_OfOneEnd_ResetsTheOther(string state, bool byClient, string word)
    {
        var (client, target, id) = await forward.OpenAsync("plain");
        using var ofClient = client;
        using var ofTarget = target;
        var (first, second) = byClient ? (client, target) : (target, client);
        Assert.Equal("ready", await TalkAsync(first, second, "ready"));
        if (state == "half-closed")
        {
            first.Finish();
            Assert.Equal("", await second.ReadToEndAsync());
        }
        else if (state == "full")
        {
            await FillAsync(first);
        }

        first.Reset();

        if (state == "half-closed")
        {
            await FailAsync(second);
        }
        else
        {
            Assert.True(await IsResetAsync(second));
        }

        Assert.Equal(word, (await forward.Daemon.WaitForEndAsync($"{id}"))["End"]);
    }

    [Fact]
    public async Task Reset_OfTheTarget_LeavesTheClientWhatWasSentBefore()
    {
        var (client, target, id) = await forward.OpenAsync("plain");
        using var ofClient = client;
        using var ofTarget = target;
        var answer = RandomNumberGenerator.GetBytes(256 * 1024);
        await target.SendAsync(answer);
        await Deadline.UntilAsync(() => Task.FromResult(IsTaken(target)), isTaken => isTaken, "the answer is with the daemon");
        target.Reset();

        Assert.Equal(answer, await client.ReceiveAsync(answer.Length));
        Assert.True(await IsResetAsync(client));
        Assert.Equal("target_reset", (await forward.Daemon.WaitForEndAsync($"{id}"))["End"]);
    }

    [Fact]
    public async Task Target_ThatIsDead_IsLeftOutUntilItAnswersAgain()
    {
        using var spare = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, forward.SparePort));
        var (client, target, _) = await forward.OpenAsync("list", spare);
        using var ofClient = client;
        using var ofTarget = target;
        Assert.Equal("word", await TalkAsync(client, target, "word"));
        var failed = await forward.Daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == "list");
        Assert.Equal((forward.DeadPort, "Connection refused"), (int.Parse(failed["Target"].Split(':')[1], null), failed["Reason"]));

        // While the first target rests, the second one gets the clients.
        using var alive = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, forward.DeadPort));
        var recovered = forward.Daemon.WaitForEventAsync("TargetRecovered", found => found["Service"] == "list");
        var byAlive = TcpPeer.AcceptAsync(alive);
        while (!byAlive.IsCompleted)
        {
            var bySpare = TcpPeer.AcceptAsync(spare);
            using var next = await forward.Daemon.ConnectAsync("list");
            using var taken = await await Task.WhenAny(byAlive, bySpare);
        }

        await recovered;
    }

    [Fact]
    public async Task Targets_ThatAllFail_EndTheConnectionAsUnreachable()
    {
        // The reset may come before the client has seen that it is connected.
        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await forward.Daemon.ConnectAsync("none");
            await client.ReceiveAsync(new byte[1]);
        });

        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        var end = await forward.Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "none");
        Assert.Equal("unreachable", end["End"]);
    }

    [Fact]
    public async Task Target_ByNameAndWithASource_IsReachedFromThatAddress()
    {
        var (client, target, _) = await forward.OpenAsync("named");
        using var ofClient = client;
        using var ofTarget = target;

        Assert.Equal("word", await TalkAsync(client, target, "word"));
        Assert.Equal(IPAddress.Parse("127.0.0.5"), ((IPEndPoint)target.Socket.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public async Task Target_WithSendProxy_SeesTheClient(string port)
    {
        using var client = await forward.Daemon.ConnectAsync(port);

        Assert.Equal("word", await client.ExchangeAsync("word"));
        var start = await forward.Daemon.WaitForEventAsync(
            "ConnectionStarted", found => found["Service"] == "echo" && found["Peer"] == client.Name);
        Assert.Equal(client.Server, start["Local"]);
    }

    [Fact]
    public async Task Target_ThatIsAUnixSocket_IsReached()
    {
        using var listener = ForwardDaemon.Listen(new UnixDomainSocketEndPoint($"\0{forward.UnixName}"));
        var (client, target, _) = await forward.OpenAsync("unix", listener);
        using var ofClient = client;
        using var ofTarget = target;

        Assert.Equal("word", await TalkAsync(client, target, "word"));
        target.Dispose();
        Assert.Equal("", await client.ReadToEndAsync());
        var shown = (await forward.Daemon.ConnectionsAsync()).Single(live => live.Service == "unix");
        Assert.Equal($"@{forward.UnixName}", shown.Target);
    }

    [Fact]
    public async Task Connection_ThatIsForwarded_OutlivesAReloadAndIsShownAndAborted()
    {
        var (client, target, id) = await forward.OpenAsync("plain");
        using var ofClient = client;
        using var ofTarget = target;
        Assert.Equal("before", await TalkAsync(client, target, "before"));
        forward.Daemon.Edit(map => map.Replace("[services.plain]", "[services.plain]\nconnect_timeout = \"3s\"", StringComparison.Ordinal));
        await forward.Daemon.DoAsync("reload");
        Assert.Equal("after", await TalkAsync(target, client, "after"));

        var shown = (await forward.Daemon.ConnectionsAsync()).Single(live => live.Id == id);
        Assert.Equal(target.Server, shown.Target);
        Assert.Contains(target.Server, await forward.Daemon.AskedAsync("connections"), StringComparison.Ordinal);
        Assert.Equal("forward", (await forward.Daemon.StatusAsync()).Service("plain").Kind);
        await forward.Daemon.DoAsync("abort", id: id);

        Assert.True(await IsResetAsync(client));
        Assert.True(await IsResetAsync(target));
        Assert.Equal("aborted", (await forward.Daemon.WaitForEndAsync($"{id}"))["End"]);
    }

    [Theory]
    [InlineData("brief", "idle_timeout")]
    [InlineData("limited", "max_duration")]
    public async Task TimeLimit_OfTheService_EndsBothEndsInOrder(string service, string limit)
    {
        var (client, target, id) = await forward.OpenAsync(service);
        using var ofClient = client;
        using var ofTarget = target;
        Assert.Equal("word", await TalkAsync(client, target, "word"));

        Assert.Equal(("", ""), (await client.ReadToEndAsync(), await target.ReadToEndAsync()));
        var end = await forward.Daemon.WaitForEventAsync("ConnectionTimedOut", found => found["ConnectionId"] == $"{id}");
        Assert.Equal(limit, end["Reason"]);
    }

    [Fact]
    public async Task Targets_WithRoundRobin_GetTheClientsInTurn()
    {
        var targets = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            using var client = await forward.Daemon.ConnectAsync("turns");
            targets.Add(await TargetOfAsync(client, client.Name));
        }

        Assert.NotEqual(targets[0], targets[1]);
        Assert.Equal(targets[..4], targets[2..]);
    }

    [Fact]
    public async Task Targets_WithSource_EachKeepTheClientsOfAnAddress_AlsoOfTheOneThatAProxyNames()
    {
        var targets = new HashSet<string>();
        for (var i = 10; i < 42; i++)
        {
            var address = $"127.0.0.{i}";
            using var first = await TcpPeer.ConnectAsync(forward.Daemon.Port("sources"), from: address);
            using var again = await TcpPeer.ConnectAsync(forward.Daemon.Port("sources"), from: address);
            using var told = await forward.Daemon.ConnectAsync("told");
            var target = await TargetOfAsync(first, first.Name);

            Assert.Equal(target, await TargetOfAsync(again, again.Name));
            Assert.Equal(target, await TargetOfAsync(told, $"{address}:7", $"PROXY TCP4 {address} 127.0.0.1 7 8\r\n"));
            targets.Add(target);
        }

        Assert.Equal(2, targets.Count);
    }

    /// <summary>The target from which a client has had its answer.</summary>
    private async Task<string> TargetOfAsync(TcpPeer client, string name, string header = "")
    {
        Assert.Equal("word", await client.ExchangeAsync(header + "word"));
        var end = await forward.Daemon.WaitForEventAsync(
            "ConnectionEnded", found => found["Peer"] == name && found["Service"] is ("turns" or "sources"));
        return end["Target"];
    }

    /// <summary>What one end sends, as the other one receives it.</summary>
    private static async Task<string> TalkAsync(TcpPeer from, TcpPeer to, string word)
    {
        await from.SendAsync(word);
        return System.Text.Encoding.UTF8.GetString(await to.ReceiveAsync(word.Length));
    }

    /// <summary>Whether the other end of a connection has acknowledged everything: its transmit queue in proc(5) is empty.</summary>
    private static bool IsTaken(TcpPeer peer)
    {
        // The file may have a row twice while others come and go.
        var (own, other) = (End(peer.Socket.LocalEndPoint!), End(peer.Socket.RemoteEndPoint!));
        var row = File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(fields => (fields[1], fields[2]) == (own, other));
        return row[4].StartsWith("00000000:", StringComparison.Ordinal);

        static string End(EndPoint end) =>
            $"{BitConverter.ToUInt32(((IPEndPoint)end).Address.GetAddressBytes()):X8}:{((IPEndPoint)end).Port:X4}";
    }

    /// <summary>Sends until no buffer on the way takes more.</summary>
    private static async Task FillAsync(TcpPeer peer)
    {
        peer.Socket.Blocking = false;
        var bytes = new byte[1 << 20];
        var isFull = false;
        while (!isFull)
        {
            peer.Socket.Send(bytes, SocketFlags.None, out var error);
            isFull = error == SocketError.WouldBlock && !peer.Socket.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite);
        }

        await Task.Yield();
    }

    /// <summary>Waits for a failure of a connection whose transmission from the other end is over: no receive tells of it.</summary>
    private static async Task FailAsync(TcpPeer peer)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while ((int)peer.Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<bool> IsResetAsync(TcpPeer peer)
    {
        try
        {
            while (await peer.ReceiveAsync(new byte[1 << 20]) > 0)
            {
            }

            return false;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }
}
