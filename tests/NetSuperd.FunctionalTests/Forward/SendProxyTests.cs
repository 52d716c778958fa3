using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>What the PROXY header of version 2 tells a target beside the addresses, with HAProxy before the daemon and behind it.</summary>
public sealed class SendProxyTests
{
    private const byte Alpn = 0x01, Authority = 0x02, UniqueId = 0x05, Tls = 0x20;

    [Fact]
    public async Task Haproxy_AsTheTarget_ReadsTheNameAndTheUniqueId()
    {
        await using var hosts = await Hosts.StartAsync();
        using var client = await TlsPeer.ConnectAsync(hosts.Daemon, "encrypted", new() { TargetHost = "www.example.org" });

        await client.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        var answer = Encoding.ASCII.GetString(await client.ReadToEndAsync());

        var start = await hosts.Daemon.WaitForEventAsync("ConnectionStarted", found => found["Peer"] == client.Peer.Name);
        Assert.Matches($"(?s)\r\n\r\n{client.Peer.Name} www.example.org [0-9a-f]{{16}}-{start["ConnectionId"]}$", answer);
    }

    [Fact]
    public async Task Values_OfAnEncryptedClient_EqualTheValuesOfHaproxy()
    {
        await using var hosts = await Hosts.StartAsync();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "www.example.org",
            ApplicationProtocols = [new SslApplicationProtocol("x")],
            ClientCertificateContext = SslStreamCertificateContext.Create(hosts.Alice, null, offline: true),
        };

        var ofDaemon = await hosts.ValuesAsync(() => hosts.Daemon.ConnectAsync("raw"), options);
        var ofHaproxy = await hosts.ValuesAsync(() => hosts.HaproxyAsync(hosts.EncryptedPort), options);

        Assert.Equal(Tlvs(ofHaproxy[Tls].AsSpan(5..)), Tlvs(ofDaemon[Tls].AsSpan(5..)));
        Assert.Equal(Convert.ToHexString(ofHaproxy[Tls].AsSpan(..5)), Convert.ToHexString(ofDaemon[Tls].AsSpan(..5)));
        Assert.Equal("www.example.org", Encoding.ASCII.GetString(ofDaemon[Authority]));
        Assert.Equal(ofHaproxy[Authority], ofDaemon[Authority]);
        Assert.Equal(ofHaproxy[Alpn], ofDaemon[Alpn]);
    }

    [Fact]
    public async Task Values_OfAnotherProxy_ArePassedOn()
    {
        await using var hosts = await Hosts.StartAsync();
        var options = new SslClientAuthenticationOptions { TargetHost = "www.example.org" };

        var values = await hosts.ValuesAsync(() => hosts.HaproxyAsync(hosts.ChainPort), options);

        Assert.Equal("www.example.org", Encoding.ASCII.GetString(values[Authority]));
        Assert.Contains("TLSv1.3", Encoding.ASCII.GetString(values[Tls]), StringComparison.Ordinal);
        Assert.Equal("unique-1", Encoding.ASCII.GetString(values[UniqueId]));
        Assert.DoesNotContain((byte)0x03, values.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Target_ThatIsAUnixSocket_GetsTheHeader(int version)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            forward = "@netsuperd-proxy-%p%"
            send_proxy = {version}
            """);
        using var listener = ForwardDaemon.Listen(new UnixDomainSocketEndPoint($"\0netsuperd-proxy-{daemon.Port("p")}"));
        using var client = await daemon.ConnectAsync("p");
        await client.SendAsync("word");
        client.Finish();

        using var target = await TcpPeer.AcceptAsync(listener);
        var received = await target.ReceiveToEndAsync();

        var (own, server) = (client.Name.Split(':')[1], daemon.Port("p"));
        if (version == 1)
        {
            Assert.Equal($"PROXY TCP4 127.0.0.1 127.0.0.1 {own} {server}\r\nword", Encoding.ASCII.GetString(received));
            return;
        }

        // The signature, version 2 with PROXY, TCP over IPv4, and after the length the addresses and the ports (proxy-protocol.txt, 2.2).
        Assert.Equal("0D0A0D0A000D0A515549540A2111", Convert.ToHexString(received.AsSpan(..14)));
        Assert.Equal($"7F0000017F000001{int.Parse(own, null):X4}{server:X4}", Convert.ToHexString(received.AsSpan(16, 12)));
        Assert.Equal("word", Encoding.ASCII.GetString(received.AsSpan(16 + BinaryPrimitives.ReadUInt16BigEndian(received.AsSpan(14)))));
    }

    /// <summary>Values by their type, each as text, whichever order they have.</summary>
    private static SortedDictionary<byte, string> Tlvs(ReadOnlySpan<byte> bytes)
    {
        var all = new SortedDictionary<byte, string>();
        for (; !bytes.IsEmpty; bytes = bytes[(3 + BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]))..])
        {
            all[bytes[0]] = Encoding.UTF8.GetString(bytes.Slice(3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])));
        }

        return all;
    }

    /// <summary>A daemon, an HAProxy and a target that takes the header.</summary>
    private sealed class Hosts : IAsyncDisposable
    {
        private readonly Socket _listener = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, FreePorts.Next()));
        private readonly X509Certificate2 _authority = TestCertificate.Create("Test CA", isAuthority: true);
        private readonly int _targetPort = FreePorts.Next();
        private RunningProcess? _haproxy;
        private Daemon? _daemon;

        public Daemon Daemon => _daemon!;

        public int EncryptedPort { get; } = FreePorts.Next();

        public int ChainPort { get; } = FreePorts.Next();

        public X509Certificate2 Alice => TestCertificate.OfClient("alice", _authority);

        public static async Task<Hosts> StartAsync()
        {
            var hosts = new Hosts();
            hosts._daemon = await Daemon.StartAsync(hosts.Map, new DaemonSetup { Prepare = scratch => hosts.Prepare(scratch) });
            var file = hosts.Daemon.Scratch.Write("haproxy.cfg", hosts.Config);
            hosts._haproxy = RunningProcess.Start("/usr/sbin/haproxy", ["-db", "-f", file]);
            try
            {
                (await hosts.HaproxyAsync(hosts._targetPort)).Dispose();
                return hosts;
            }
            catch
            {
                await hosts.DisposeAsync();
                throw;
            }
        }

        /// <summary>Connects to HAProxy as soon as it listens.</summary>
        public Task<TcpPeer> HaproxyAsync(int port) => Deadline.UntilAsync(
            async () =>
            {
                Assert.False(_haproxy!.HasExited, _haproxy.Errors.Tail);
                try
                {
                    return await TcpPeer.ConnectAsync(port);
                }
                catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    return null!;
                }
            },
            client => client is not null,
            "HAProxy listens");

        /// <summary>The values of the header that the target gets for a client.</summary>
        public async Task<Dictionary<byte, byte[]>> ValuesAsync(Func<Task<TcpPeer>> connect, SslClientAuthenticationOptions options)
        {
            using var client = await TlsPeer.OverAsync(await connect(), options);
            using var target = await TcpPeer.AcceptAsync(_listener);
            var length = BinaryPrimitives.ReadUInt16BigEndian((await target.ReceiveAsync(16)).AsSpan(14));
            var rest = (await target.ReceiveAsync(length)).AsMemory(12);
            var values = new Dictionary<byte, byte[]>();
            while (!rest.IsEmpty)
            {
                var size = BinaryPrimitives.ReadUInt16BigEndian(rest.Span[1..]);
                values[rest.Span[0]] = rest.Slice(3, size).ToArray();
                rest = rest[(3 + size)..];
            }

            return values;
        }

        public async ValueTask DisposeAsync()
        {
            if (_haproxy is not null)
            {
                await _haproxy.DisposeAsync();
            }

            await Daemon.DisposeAsync();
            _listener.Dispose();
        }

        private const string Seen = "%[src]:%[src_port] %[fc_pp_authority] %[fc_pp_unique_id]";

        private string Both => Daemon.Scratch["both.pem"];

        private string Map => $$"""
            [ports]
            "127.0.0.1:%encrypted%" = "encrypted"
            "127.0.0.1:%raw%" = "raw"
            "127.0.0.1:%chain%" = { service = "chain", proxy_protocol = "required", trusted = ["127.0.0.0/8"] }

            [services.encrypted]
            forward    = "127.0.0.1:{{_targetPort}}"
            send_proxy = 2
            tls        = { certificate = "www.pem", key = "www.key" }

            [services.raw]
            forward    = "127.0.0.1:{{((IPEndPoint)_listener.LocalEndPoint!).Port}}"
            send_proxy = 2
            tls        = { certificate = "www.pem", key = "www.key", client_ca = "ca.pem", alpn = ["x"] }

            [services.chain]
            forward    = "127.0.0.1:{{((IPEndPoint)_listener.LocalEndPoint!).Port}}"
            send_proxy = 2
            """;

        private string Config => $"""
            defaults
                timeout connect 10s
                timeout client 10s
                timeout server 10s
                mode tcp
            frontend target
                mode http
                bind 127.0.0.1:{_targetPort} accept-proxy
                http-request return status 200 content-type text/plain lf-string "{Seen}"
            listen encrypted
                bind 127.0.0.1:{EncryptedPort} ssl crt {Both} ca-file {Daemon.Scratch["ca.pem"]} verify optional alpn x
                server target {_listener.LocalEndPoint} send-proxy-v2 proxy-v2-options authority,ssl,cert-cn,ssl-cipher
            listen chain
                unique-id-format unique-1
                bind 127.0.0.1:{ChainPort} ssl crt {Both}
                server daemon 127.0.0.1:{Daemon.Port("chain")} send-proxy-v2 proxy-v2-options authority,ssl,ssl-cipher,unique-id,crc32c

            """;

        private void Prepare(Scratch scratch)
        {
            TestCertificate.Write(scratch.Folder, "www", TestCertificate.OfServer("www.example.org", _authority));
            TestCertificate.Write(scratch.Folder, "ca", _authority);
            File.WriteAllText(scratch["both.pem"], File.ReadAllText(scratch["www.pem"]) + "\n" + File.ReadAllText(scratch["www.key"]));
        }
    }
}
