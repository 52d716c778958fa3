using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>What a handler sees of a client that is encrypted, or whose connection a proxy has passed on, or both.</summary>
public sealed class HandlerTlsTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const string Header = "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n";

    private static readonly X509Certificate2 Authority = TestCertificate.Create("Test CA", isAuthority: true);

    [Fact]
    public async Task Handler_SeesWhatWasAgreedOnWithTheClient()
    {
        await using var daemon = await StartAsync();
        using var alice = TestCertificate.OfClient("alice", Authority);
        using var client = await TlsPeer.ConnectAsync(daemon, "encrypted", new SslClientAuthenticationOptions
        {
            TargetHost = "www.example.org",
            ApplicationProtocols = [new SslApplicationProtocol("x")],
            ClientCertificateContext = SslStreamCertificateContext.Create(alice, null, offline: true),
        });
        using var without = await TlsPeer.ConnectAsync(daemon, "encrypted", new SslClientAuthenticationOptions { TargetHost = "" });
        using var plain = await ObedientPeer.ConnectAsync(daemon, "plain");

        Assert.Equal(
            $"TlsSession {{ Protocol = TLSv1.3, Cipher = {client.Stream.NegotiatedCipherSuite}, ServerName = www.example.org, "
            + "ApplicationProtocol = x, ClientSubject = CN=alice, "
            + $"ClientFingerprint = {Convert.ToHexStringLower(SHA256.HashData(alice.RawData))}, "
            + $"ClientIssuer = CN=Test CA, ClientSerial = {alice.SerialNumber} }}\n",
            await AskAsync(client, "tls"));
        Assert.Equal(
            $"TlsSession {{ Protocol = TLSv1.3, Cipher = {without.Stream.NegotiatedCipherSuite}, ServerName = , "
            + "ApplicationProtocol = , ClientSubject = , ClientFingerprint = , ClientIssuer = , ClientSerial =  }\n",
            await AskAsync(without, "tls"));
        Assert.Equal("none", await plain.AskAsync("tls"));
    }

    [Fact]
    public async Task Handler_SeesTheClientThatAProxyNames()
    {
        await using var daemon = await StartAsync();
        using var client = await ObedientPeer.ConnectAsync(daemon, "proxied");
        await client.Peer.SendAsync(Header);

        Assert.StartsWith("203.0.113.7:4711 192.0.2.1:443 ", await client.AskAsync("ends"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_OfAnEncryptedClientBehindAProxy_SeesBoth()
    {
        await using var daemon = await StartAsync();
        using var peer = await daemon.ConnectAsync("both");
        await peer.SendAsync(Header);
        using var client = await TlsPeer.OverAsync(peer);

        var answer = await AskAsync(client, "ends\ntls");

        Assert.Matches("^203.0.113.7:4711 192.0.2.1:443 [0-9]+ encrypted\nTlsSession .*ServerName = www.example.org", answer);
    }

    private static async Task<string> AskAsync(TlsPeer client, string lines)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(lines + "\n"));
        await client.FinishAsync();
        return Encoding.UTF8.GetString(await client.ReadToEndAsync());
    }

    private Task<Daemon> StartAsync() => Daemon.StartAsync(
        $$"""
        [ports]
        %plain% = "plain"
        %encrypted% = "encrypted"
        %proxied% = { service = "plain", proxy_protocol = "required", trusted = ["127.0.0.1"] }
        %both% = { service = "encrypted", proxy_protocol = "required", trusted = ["127.0.0.1"] }

        [services.plain]
        handler = "obeys"

        [services.encrypted]
        handler = "obeys"
        tls = { certificate = "www.pem", key = "www.key", client_ca = "ca.pem", alpn = ["x"] }

        [daemon]
        plugins = "{{plugins.Folder}}"
        drain = "2s"
        """,
        new DaemonSetup
        {
            Prepare = scratch =>
            {
                TestCertificate.Write(scratch.Folder, "www", TestCertificate.OfServer("www.example.org", Authority));
                TestCertificate.Write(scratch.Folder, "ca", Authority);
            },
        });
}
