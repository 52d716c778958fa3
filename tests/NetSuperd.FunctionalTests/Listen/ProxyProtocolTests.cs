using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Sockets with <c>proxy_protocol</c>, behind a real HAProxy and without one.</summary>
public sealed class ProxyProtocolTests
{
    private const string Ends = "$PROTO $TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALIP $TCPLOCALPORT $REMOTE_ADDR";

    [Fact]
    public async Task Child_BehindHaproxy_SeesTheClientOfTheProxy()
    {
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            %web% = { service = "web", proxy_protocol = "required", trusted = ["127.0.0.1"] }
            "%dir%/web.sock" = { service = "web", proxy_protocol = "required", trusted = ["uid:{{Environment.UserName}}"] }
            %other% = { service = "web", proxy_protocol = "required", trusted = ["192.0.2.1"] }
            [services.web]
            exec = ["/bin/sh", "-c", "read word; echo $word {{Ends}}; cat"]
            deny = ["127.0.0.9"]
            """);
        await using var haproxy = new Haproxy(daemon);

        foreach (var (port, proxy) in ((int, string)[])[(haproxy.First, "127.0.0.1:"), (haproxy.Second, "uid:")])
        {
            using var client = await haproxy.ConnectAsync(port, "127.0.0.5");
            await client.SendAsync("word\n");
            var line = $"word TCP 127.0.0.5 {client.Name.Split(':')[1]} 127.0.0.1 {port} 127.0.0.5\n";
            Assert.Equal(line, Encoding.UTF8.GetString(await client.ReceiveAsync(line.Length)));

            var live = (await daemon.ConnectionsAsync()).Single(live => live.Peer == client.Name);
            Assert.StartsWith(proxy, live.Proxy!, StringComparison.Ordinal);
            client.Finish();
            await daemon.WaitForRecordAsync(client.Name);

            using var denied = await haproxy.ConnectAsync(port, "127.0.0.9");
            Assert.Equal("", await denied.ExchangeAsync("word\n"));
        }

        // The reset may come before the client has seen that it is connected.
        await Record.ExceptionAsync(async () => (await daemon.ConnectAsync("other")).Dispose());
        await daemon.WaitForEventAsync("ConnectionRefused", refused => refused["Reason"] == "untrusted");
        var reasons = (await daemon.StatusAsync()).Service("web").Reasons;
        Assert.Equal((2, 1), (reasons["address"], reasons["untrusted"]));
        Assert.Contains(
            "only those of 192.0.2.1 are taken", await daemon.AskedAsync("explain", "127.0.0.9", $"{daemon.Port("other")}"),
            StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task Handler_BehindAProxy_HasTheClientOfTheHeader()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = { service = "it", proxy_protocol = "required", trusted = ["127.0.0.1"] }
            [services.it]
            handler = "echo"
            deny = ["192.0.2.9"]
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("PROXY TCP4 192.0.2.1 198.51.100.1 4711 7\r\nTEST"));
        var (start, end) = await daemon.WaitForRecordAsync("192.0.2.1:4711");
        Assert.Equal(("198.51.100.1:7", "closed"), (start["Local"], end["End"]));

        using var denied = await daemon.ConnectAsync("p");
        await denied.SendAsync("PROXY TCP4 192.0.2.9 198.51.100.1 4711 7\r\n");
        var refused = await daemon.WaitForEventAsync("ConnectionRefused");
        Assert.Equal(("192.0.2.9:4711", "address"), (refused["Peer"], refused["Reason"]));
    }

    /// <summary>An HAProxy that sends a header of version 1 to a port, and of version 2 to a unix socket.</summary>
    private sealed class Haproxy : IAsyncDisposable
    {
        private readonly RunningProcess _process;

        public Haproxy(Daemon daemon)
        {
            var file = daemon.Scratch.Write("haproxy.cfg", $"""
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 10s
                    timeout server 10s
                listen first
                    bind 127.0.0.1:{First}
                    server web 127.0.0.1:{daemon.Port("web")} send-proxy
                listen second
                    bind 127.0.0.1:{Second}
                    server web unix@{daemon.Scratch["web.sock"]} send-proxy-v2 proxy-v2-options crc32c,unique-id check

                """);
            _process = RunningProcess.Start("/usr/sbin/haproxy", ["-db", "-f", file]);
        }

        public int First { get; } = FreePorts.Next();

        public int Second { get; } = FreePorts.Next();

        /// <summary>Connects as soon as it listens.</summary>
        public Task<TcpPeer> ConnectAsync(int port, string from) => Deadline.UntilAsync(
            async () =>
            {
                Assert.False(_process.HasExited, _process.Errors.Tail);
                try
                {
                    return await TcpPeer.ConnectAsync(port, from: from);
                }
                catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    return null!;
                }
            },
            client => client is not null,
            "HAProxy listens");

        public ValueTask DisposeAsync() => _process.DisposeAsync();
    }
}
