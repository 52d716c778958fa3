using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary><c>transparent</c> together with TLS, and with clients of other forwards at the same time.</summary>
/// <remarks>On the loopback every address of 127.0.0.0/8 is one of this host, so that the answers come back without rules.</remarks>
public sealed class TransparentTlsTests
{
    private const string Client = "127.0.0.9";
    private const int Clients = 64;

    private const string Map = """
        [ports]
        "127.0.0.1:%target%" = "target"
        "127.0.0.1:%strange%" = "strange"
        "127.0.0.1:%plain%" = "plain"
        "127.0.0.1:%seen%" = "seen"
        "127.0.0.1:%behind%" = "behind"
        "127.0.0.1:%towards%" = "towards"
        "127.0.0.1:%secret%" = "secret"
        [services.target]
        handler = "echo"
        [services.strange]
        handler = "daytime"
        [services.secret]
        handler = "echo"
        tls = { certificate = "good.pem", key = "good.key" }
        [services.plain]
        forward = "127.0.0.1:%target%"
        [services.seen]
        forward = "127.0.0.1:%target%"
        transparent = true
        [services.behind]
        forward = "127.0.0.1:%target%"
        transparent = true
        tls = { certificate = "good.pem", key = "good.key" }
        [services.towards]
        forward = ["127.0.0.1:%strange%", "127.0.0.1:%secret%"]
        transparent = true
        tls_to = { verify = false }
        [defaults]
        """;

    [Fact]
    public async Task Target_SeesTheClient_WithTlsOnEitherSide()
    {
        await using var daemon = await StartAsync();
        using var behind = await TlsPeer.OverAsync(await ConnectAsync(daemon, "behind"));
        Assert.Equal("word", await behind.ExchangeAsync("word"));
        await SeesAsync(daemon, "target");

        // The handshake with the first target fails, and leaves no address to come from; the target rests for a second then.
        using (var lost = await ConnectAsync(daemon, "towards"))
        {
            await Assert.ThrowsAsync<SocketException>(() => lost.ReceiveAsync(new byte[1]));
        }

        Assert.Equal("unreachable", (await daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "towards"))["End"]);
        await Deadline.UntilAsync(
            async () =>
            {
                using var towards = await ConnectAsync(daemon, "towards");
                await towards.SendAsync("word");
                return await IsAnsweredAsync(towards);
            },
            isAnswered => isAnswered,
            "the second target");
        await SeesAsync(daemon, "secret");
    }

    [Fact]
    public async Task Handshakes_ThatFail_LeaveNothingBehind()
    {
        await using var daemon = await StartAsync();
        using var first = await ConnectAsync(daemon, "seen");
        var worker = await WorkerAsync(daemon, first);
        var (inWorker, inDaemon) = (ProcFiles.Sockets(worker), ProcFiles.Sockets(daemon.Pid));
        for (var i = 0; i < Clients; i++)
        {
            using var client = await ConnectAsync(daemon, "behind");
            await client.SendAsync("this is no handshake\r\n");
            await client.ReceiveToEndAsync();
        }

        await daemon.WaitForEventsAsync("ConnectionEnded", Clients, found => found["Service"] == "behind");
        await Deadline.UntilAsync(() => ProcFiles.Sockets(worker) <= inWorker, $"{inWorker} sockets in the worker again");
        await Deadline.UntilAsync(() => ProcFiles.Sockets(daemon.Pid) <= inDaemon, $"{inDaemon} sockets in the daemon again");
    }

    [Fact]
    public async Task Clients_OfDifferentForwardsAtTheSameTime_EachGetTheirOwn()
    {
        await using var daemon = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            // A worker gets several connections in a message, and the sources of some of them.
            using var client = await ConnectAsync(daemon, number % 3 == 0 ? "plain" : "seen", $"127.0.1.{number}");
            Assert.Equal($"word {number}", await client.ExchangeAsync($"word {number}"));
        }));

        var targets = await daemon.WaitForEventsAsync("ConnectionEnded", Clients, found => found["Service"] == "target");
        Assert.Equal(
            Enumerable.Range(0, Clients).Select(number => number % 3 == 0 ? "127.0.0.1" : $"127.0.1.{number}").Order(),
            targets.Select(found => IPEndPoint.Parse(found["Peer"]).Address.ToString()).Order());
    }

    [Fact]
    public async Task Worker_ThatIsLostWithClients_LeavesNothingInTheDaemon()
    {
        await using var daemon = await StartAsync();
        using var first = await ConnectAsync(daemon, "seen");
        var worker = await WorkerAsync(daemon, first);
        var before = ProcFiles.Sockets(daemon.Pid);
        Assert.Equal(0, (await Command.RunAsync("kill", "-STOP", $"{worker}")).Status);
        var clients = new List<TcpPeer>();
        for (var i = 0; i < Clients; i++)
        {
            clients.Add(await ConnectAsync(daemon, "seen"));
        }

        await daemon.WaitForEventsAsync("ConnectionStarted", Clients + 1, found => found["Service"] == "seen");
        Assert.Equal(0, (await Command.RunAsync("kill", "-KILL", $"{worker}")).Status);

        await daemon.WaitForEventsAsync("ConnectionEnded", Clients + 1, found => found["Service"] == "seen");
        await Deadline.UntilAsync(() => ProcFiles.Sockets(daemon.Pid) <= before, $"{before} sockets in the daemon again");
        clients.ForEach(client => client.Dispose());
    }

    private static Task<TcpPeer> ConnectAsync(Daemon daemon, string port, string from = Client) =>
        TcpPeer.ConnectAsync(daemon.Port(port), from: from);

    private static async Task<bool> IsAnsweredAsync(TcpPeer client)
    {
        try
        {
            return await client.ReceiveAsync(new byte[1]) > 0;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false;
        }
    }

    /// <summary>The worker that serves a client.</summary>
    private static async Task<int> WorkerAsync(Daemon daemon, TcpPeer client)
    {
        await client.SendAsync("w");
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        return (await daemon.ConnectionsAsync()).Single(listed => listed.Peer == client.Name).Pid!.Value;
    }

    private static Task<LogEvent> SeesAsync(Daemon daemon, string target) => daemon.WaitForEventAsync(
        "ConnectionStarted",
        found => found["Service"] == target && found["Peer"].StartsWith($"{Client}:", StringComparison.Ordinal));

    private static Task<Daemon> StartAsync()
    {
        Privilege.Require("addresses of clients");
        return Daemon.StartAsync(Map, new DaemonSetup
        {
            Prepare = scratch =>
            {
                using var authority = TestCertificate.Create("Test CA", isAuthority: true);
                TestCertificate.Write(scratch.Folder, "good", TestCertificate.OfServer("www.example.org", authority));
            },
        });
    }
}
