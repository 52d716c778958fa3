using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// A child of <c>wait = true</c> that runs as another user leaves the socket in a state of its choice: the next client is served all the
/// same.
/// </summary>
public sealed class SpoiledSocketTests(SpoilingDaemon spoiling) : IClassFixture<SpoilingDaemon>
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    public static TheoryData<string, string> Listeners => [.. SpoilingDaemon.Listeners];

    public static TheoryData<string, string> Datagrams => [.. SpoilingDaemon.Datagrams];

    public static TheoryData<string, string> UnixListeners => [.. SpoilingDaemon.UnixListeners];

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Listener_HoweverAChildLeavesIt_ServesTheNext(string address, string ways)
    {
        if (ways == "md5")
        {
            Privilege.Require("the system tells of keys with CAP_NET_ADMIN only");
        }

        var port = $"t{SpoilingDaemon.Listeners.IndexOf((address, ways))}";
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual("", await WaitDaemon.UntilServedAsync(async () =>
            {
                using var client = await spoiling.Daemon.ConnectAsync(port, address);
                return await client.ReadToEndAsync();
            }));
        }

        await spoiling.Program.EndLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Datagrams))]
    public async Task DatagramSocket_HoweverAChildLeavesIt_ServesTheNextSenderAndKeepsOutDeniedOnes(string address, string ways)
    {
        var (daemon, service) = (spoiling.Daemon, $"u{SpoilingDaemon.Datagrams.IndexOf((address, ways))}");
        for (var i = 0; i < 3; i++)
        {
            if (address == "127.0.0.1")
            {
                using var denied = Client(daemon, address, "127.0.0.2", service);
                await SendAsync(denied);
                if (Environment.IsPrivilegedProcess)
                {
                    SendWithAWrongChecksum(IPAddress.Parse("127.0.0.2"), daemon.Port(service));
                }
            }

            var answer = await WaitDaemon.UntilServedAsync(async () =>
            {
                using var client = Client(daemon, address, port: service);
                await SendAsync(client);
                return await ReceiveAsync(client, WaitDaemon.UntilTheNextTry);
            });
            Assert.True(int.TryParse(answer, CultureInfo.InvariantCulture, out _), answer);
        }

        await Deadline.UntilAsync(() => Started().Count >= 3, "the children in the log");
        Assert.All(Started(), peer => Assert.StartsWith(address == "::1" ? "[::1]:" : "127.0.0.1:", peer, StringComparison.Ordinal));

        List<string> Started() =>
            [.. daemon.Events.Where(found => found.Name == "ChildStarted" && found["Service"] == service).Select(found => found["Peer"])];
    }

    [Theory]
    [MemberData(nameof(UnixListeners))]
    public async Task UnixListener_HoweverAChildLeavesIt_ServesTheNext(string type, string ways)
    {
        var file = $"{SpoilingDaemon.UnixListeners.IndexOf((type, ways))}.sock";
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual("", await WaitDaemon.UntilServedAsync(async () =>
            {
                using var client = await TcpPeer.ConnectUnixAsync(
                    spoiling.Daemon.Scratch[file], type == "stream" ? SocketType.Stream : SocketType.Seqpacket);
                return await client.ReadToEndAsync();
            }));
        }

        // A new socket takes the place of the spoiled one: for a moment there is none.
        await Deadline.UntilAsync(() => spoiling.Daemon.Scratch.ModeOf(file) == Mode, "the path of the new socket, with its permissions");
    }

    [Fact]
    public async Task DatagramSocket_ThatAProcessOfTheChildKeeps_FailsVisiblyUntilThatHasEnded()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"it\"", "process lock", new DaemonSetup { Expected = ["BindFailed"] });
        using var client = Client(daemon, "127.0.0.1");
        await SendAsync(client);
        Assert.NotEqual("", await ReceiveAsync(client));

        Assert.Contains("spoil (pid ", (await daemon.WaitForEventAsync("BindFailed"))["Reason"], StringComparison.Ordinal);
        var socket = (await daemon.StatusAsync()).Sockets[0];
        Assert.Equal("failed", socket.State);
        Assert.Contains("address already in use", socket.Reason, StringComparison.Ordinal);

        await spoiling.Program.EndLeftAsync();
        await daemon.WaitForEventAsync("BindRecovered");
        await SendAsync(client);
        Assert.NotEqual("", await ReceiveAsync(client));
        await spoiling.Program.EndLeftAsync();
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasSpoiled_IsSoundAfterARestart()
    {
        await using var daemon = await StartAsync("%p% = \"it\"\n\"%p%/udp\" = \"it\"", "connect peek filter");
        for (var i = 0; i < 2; i++)
        {
            Assert.NotEqual("", await WaitDaemon.UntilServedAsync(async () =>
            {
                using var client = Client(daemon, "127.0.0.1");
                await SendAsync(client);
                return await ReceiveAsync(client, WaitDaemon.UntilTheNextTry);
            }));
            await daemon.RestartAsync();
        }

        Assert.DoesNotContain(daemon.Events, found => found.Name == "BindFailed");
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasConnected_IsFoundByARestart()
    {
        // Bound to every address, it has the address of its peer's route now.
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "%p%/udp" = "it"
            [services.it]
            exec = [
                "/usr/bin/perl", "-e",
                'use Socket; open(S, q(+<&=0)); $from = recv(S, $_, 100, 0); connect(S, $from); syswrite(S, $$); sysread(S, $_, 1)',
            ]
            wait = true
            """);
        using var first = Client(daemon, "127.0.0.1");
        await SendAsync(first);
        Assert.NotEqual("", await ReceiveAsync(first));
        await daemon.RestartAsync();
        await daemon.WaitForEventAsync("SocketAdopted", found => found["Local"] == $"0.0.0.0:{daemon.Port("p")}");

        await SendAsync(first);
        await daemon.WaitForEventAsync("ChildEnded");
        Assert.NotEqual("", await WaitDaemon.UntilServedAsync(async () =>
        {
            using var next = Client(daemon, "127.0.0.1");
            await SendAsync(next);
            return await ReceiveAsync(next, WaitDaemon.UntilTheNextTry);
        }));
    }

    private Task<Daemon> StartAsync(string ports, string ways, DaemonSetup? setup = null) => Daemon.StartAsync($"""
        [ports]
        {ports}
        {spoiling.Program.Service("it", ways, "")}
        """, setup);

    private static Socket Client(Daemon daemon, string address, string? from = null, string port = "p")
    {
        var server = new IPEndPoint(IPAddress.Parse(address), daemon.Port(port));
        var client = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (from is not null)
        {
            client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        client.Connect(server);
        return client;
    }

    private static async Task SendAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        try
        {
            await client.SendAsync("x"u8.ToArray(), SocketFlags.None, deadline.Token);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // An earlier datagram met a socket that had just been bound again.
        }
    }

    private static async Task<string> ReceiveAsync(Socket client, TimeSpan? longest = null)
    {
        var buffer = new byte[100];
        using var patience = new CancellationTokenSource(longest ?? Deadline.Default);
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, SocketFlags.None, patience.Token));
        }
        catch (OperationCanceledException)
        {
            return "";
        }
    }

    /// <summary>A datagram that the kernel drops when it is read, and not when it arrives (RFC 768).</summary>
    private static void SendWithAWrongChecksum(IPAddress from, int port)
    {
        using var raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
        raw.Bind(new IPEndPoint(from, 0));
        var datagram = new byte[9];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), 0x1234);
        raw.SendTo(datagram, new IPEndPoint(IPAddress.Loopback, 0));
    }
}
