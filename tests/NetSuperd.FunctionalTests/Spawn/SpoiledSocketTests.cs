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
public sealed class SpoiledSocketTests : IAsyncLifetime
{
    // A child that runs as the user nobody must be able to execute the program.
    private const UnixFileMode Open = (UnixFileMode)0x1ED;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static readonly TimeSpan UntilTheNextTry = TimeSpan.FromSeconds(2);
    private static readonly string User = Environment.IsPrivilegedProcess ? "user = \"nobody\"" : "";
    private readonly Scratch _scratch = new();

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_scratch.Folder, Open);
        await CFixture.CompileAsync("spoil", _scratch);
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("127.0.0.1", "shutdown")]
    [InlineData("127.0.0.1", "shutdown", "connect")]
    [InlineData("127.0.0.1", "nonblock")]
    [InlineData("127.0.0.1", "backlog")]
    [InlineData("127.0.0.1", "device")]
    [InlineData("127.0.0.1", "filter")]
    [InlineData("127.0.0.1", "filter", "lock")]
    [InlineData("127.0.0.1", "peek")]
    [InlineData("127.0.0.1", "ttl")]
    [InlineData("127.0.0.1", "buffers", "timeouts", "linger")]
    [InlineData("127.0.0.1", "reuse")]
    [InlineData("127.0.0.1", "clamp")]
    [InlineData("127.0.0.1", "segment", "defer")]
    [InlineData("127.0.0.1", "process", "filter", "lock")]
    [InlineData("127.0.0.1", "spoiler")]
    [InlineData("127.0.0.1", "mute")]
    [InlineData("::1", "shutdown", "connect")]
    [InlineData("::1", "hops")]
    [InlineData("::1", "filter", "lock")]
    public async Task Listener_HoweverAChildLeavesIt_ServesTheNext(string address, params string[] ways)
    {
        await using var daemon = await StartAsync($"\"{Bracketed(address)}:%p%\" = \"it\"", ways);
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual("", await UntilServedAsync(async () =>
            {
                using var client = await daemon.ConnectAsync("p", address);
                return await client.ReadToEndAsync();
            }));
        }

        await EndLeftAsync();
    }

    [Fact]
    public async Task Listener_WithKeysOfAChild_ServesTheNext()
    {
        Privilege.Require("the system tells of keys with CAP_NET_ADMIN only");
        await Listener_HoweverAChildLeavesIt_ServesTheNext("127.0.0.1", "md5");
    }

    [Theory]
    [InlineData("127.0.0.1", "connect")]
    [InlineData("127.0.0.1", "connect", "shutdown")]
    [InlineData("127.0.0.1", "nonblock")]
    [InlineData("127.0.0.1", "device")]
    [InlineData("127.0.0.1", "filter")]
    [InlineData("127.0.0.1", "filter", "lock")]
    [InlineData("127.0.0.1", "peek")]
    [InlineData("127.0.0.1", "peek", "nonblock")]
    [InlineData("127.0.0.1", "ttl")]
    [InlineData("127.0.0.1", "buffers", "timeouts")]
    [InlineData("127.0.0.1", "reuse")]
    [InlineData("127.0.0.1", "encap", "cork")]
    [InlineData("127.0.0.1", "errors")]
    [InlineData("127.0.0.1", "mute")]
    [InlineData("127.0.0.1", "more")]
    [InlineData("127.0.0.1", "group")]
    [InlineData("::1", "mute")]
    [InlineData("::1", "connect")]
    [InlineData("::1", "hops", "peek")]
    public async Task DatagramSocket_HoweverAChildLeavesIt_ServesTheNextSenderAndKeepsOutDeniedOnes(string address, params string[] ways)
    {
        await using var daemon = await StartAsync($"\"{Bracketed(address)}:%p%/udp\" = \"it\"", ways, "deny = [\"127.0.0.2\"]");
        for (var i = 0; i < 3; i++)
        {
            if (address == "127.0.0.1")
            {
                using var denied = Client(daemon, address, "127.0.0.2");
                await SendAsync(denied);
                if (Environment.IsPrivilegedProcess)
                {
                    SendWithAWrongChecksum(IPAddress.Parse("127.0.0.2"), daemon.Port("p"));
                }
            }

            var answer = await UntilServedAsync(async () =>
            {
                using var client = Client(daemon, address);
                await SendAsync(client);
                return await ReceiveAsync(client, UntilTheNextTry);
            });
            Assert.True(int.TryParse(answer, CultureInfo.InvariantCulture, out _), answer);
        }

        Assert.Equal(0, await daemon.StopAsync());
        var started = daemon.Events.Where(found => found.Name == "ChildStarted").Select(found => found["Peer"]).ToList();
        Assert.NotEmpty(started);
        Assert.All(started, peer => Assert.StartsWith(address == "::1" ? "[::1]:" : "127.0.0.1:", peer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("stream", "shutdown")]
    [InlineData("stream", "filter", "lock")]
    [InlineData("stream", "backlog", "nonblock", "timeouts")]
    [InlineData("seqpacket", "shutdown")]
    [InlineData("seqpacket", "peek", "buffers")]
    public async Task UnixListener_HoweverAChildLeavesIt_ServesTheNext(string type, params string[] ways)
    {
        await using var daemon = await StartAsync($"\"%dir%/it.sock\" = {{ service = \"it\", type = \"{type}\", mode = \"0640\" }}", ways);
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual("", await UntilServedAsync(async () =>
            {
                using var client = await TcpPeer.ConnectUnixAsync(
                    daemon.Scratch["it.sock"], type == "stream" ? SocketType.Stream : SocketType.Seqpacket);
                return await client.ReadToEndAsync();
            }));
        }

        // A new socket takes the place of the spoiled one: for a moment there is none.
        await Deadline.UntilAsync(() => daemon.Scratch.ModeOf("it.sock") == Mode, "the path of the new socket, with its permissions");
    }

    [Fact]
    public async Task DatagramSocket_ThatAProcessOfTheChildKeeps_FailsVisiblyUntilThatHasEnded()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"it\"", ["process", "lock"], setup: new DaemonSetup { Expected = ["BindFailed"] });
        using var client = Client(daemon, "127.0.0.1");
        await SendAsync(client);
        Assert.NotEqual("", await ReceiveAsync(client));

        Assert.Contains("spoil (pid ", (await daemon.WaitForEventAsync("BindFailed"))["Reason"], StringComparison.Ordinal);
        var socket = (await daemon.StatusAsync()).Sockets[0];
        Assert.Equal("failed", socket.State);
        Assert.Contains("address already in use", socket.Reason, StringComparison.Ordinal);

        await EndLeftAsync();
        await daemon.WaitForEventAsync("BindRecovered");
        await SendAsync(client);
        Assert.NotEqual("", await ReceiveAsync(client));
        await EndLeftAsync();
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasSpoiled_IsSoundAfterARestart()
    {
        await using var daemon = await StartAsync("%p% = \"it\"\n\"%p%/udp\" = \"it\"", ["connect", "peek", "filter"]);
        for (var i = 0; i < 2; i++)
        {
            Assert.NotEqual("", await UntilServedAsync(async () =>
            {
                using var client = Client(daemon, "127.0.0.1");
                await SendAsync(client);
                return await ReceiveAsync(client, UntilTheNextTry);
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
        Assert.NotEqual("", await UntilServedAsync(async () =>
        {
            using var next = Client(daemon, "127.0.0.1");
            await SendAsync(next);
            return await ReceiveAsync(next, UntilTheNextTry);
        }));
    }

    private Task<Daemon> StartAsync(string port, string[] ways, string keys = "", DaemonSetup? setup = null) => Daemon.StartAsync($"""
        [ports]
        {port}
        [services.it]
        exec = ["{_scratch["spoil"]}", {string.Join(", ", ways.Select(way => $"\"{way}\""))}]
        wait = true
        {User}
        {keys}
        """, setup);

    /// <summary>
    /// Asks until there is an answer: in the moment after a child's end the socket may still be as the child has left it.
    /// </summary>
    private static async Task<string> UntilServedAsync(Func<Task<string>> ask)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while (true)
        {
            deadline.Token.ThrowIfCancellationRequested();
            try
            {
                if (await ask() is { Length: > 0 } answer)
                {
                    return answer;
                }
            }
            catch (Exception lost) when (lost is SocketException or TimeoutException or IOException)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Ends the processes that children have left behind.</summary>
    private async Task EndLeftAsync()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc")
            .Where(folder => new FileInfo($"{folder}/exe").LinkTarget == _scratch["spoil"]))
        {
            await Command.RunAsync("/bin/kill", "-KILL", Path.GetFileName(process));
        }
    }

    private static Socket Client(Daemon daemon, string address, string? from = null)
    {
        var server = new IPEndPoint(IPAddress.Parse(address), daemon.Port("p"));
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

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
