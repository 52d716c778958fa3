using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary><c>tls</c>: handlers, forwards and children serve encrypted clients.</summary>
public sealed class TlsTests(TlsDaemon shared) : IClassFixture<TlsDaemon>
{
    private Daemon Daemon => shared.Daemon;

    [Theory]
    [InlineData("git.example.org", "git.example.org")]
    [InlineData("GIT.example.org", "git.example.org")]
    [InlineData("other.example.org", "www.example.org")]
    [InlineData("", "www.example.org")]
    public async Task Client_GetsTheCertificateOfTheNameThatItAsksFor(string asked, string expected)
    {
        using var client = await TlsPeer.ConnectAsync(Daemon, "echo", new SslClientAuthenticationOptions { TargetHost = asked });

        Assert.Equal(expected, client.ServerName);
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Client_AgreesOnAProtocolAndAVersion()
    {
        using var client = await TlsPeer.ConnectAsync(Daemon, "echo", new SslClientAuthenticationOptions
        {
            TargetHost = "www.example.org",
            EnabledSslProtocols = SslProtocols.Tls12,
            ApplicationProtocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
        });

        Assert.Equal(SslProtocols.Tls12, client.Stream.SslProtocol);
        Assert.Equal(SslApplicationProtocol.Http2, client.Stream.NegotiatedApplicationProtocol);
        await RefusedAsync("modern", "unsupported protocol", new() { EnabledSslProtocols = SslProtocols.Tls12 });
        await RefusedAsync("echo", "no application protocol", new() { ApplicationProtocols = [new SslApplicationProtocol("y")] });
    }

    [Fact]
    public async Task Client_WithoutTheRequiredCertificate_IsRefused()
    {
        using var known = await TlsPeer.ConnectAsync(Daemon, "mutual", With(shared.Client));
        Assert.Equal("TEST", await known.ExchangeAsync("TEST"));
        using var other = TestCertificate.Create("Other CA", isAuthority: true);

        await RefusedAsync("mutual", "client_ca", new SslClientAuthenticationOptions());
        await RefusedAsync("mutual", "client_ca", With(TestCertificate.OfClient("alice", other)));
        await RefusedAsync("variables", "client_ca", With(TestCertificate.OfClient("alice", other)));
    }

    [Fact]
    public async Task Child_HasTheSessionInItsEnvironment()
    {
        var certificate = shared.Client;
        var options = With(certificate);
        options.ApplicationProtocols = [new SslApplicationProtocol("x")];
        using var client = await TlsPeer.ConnectAsync(Daemon, "variables", options);

        var variables = Encoding.UTF8.GetString(await client.ReadToEndAsync()).Split('\n');

        Assert.Contains("SSL_PROTOCOL=TLSv1.3", variables);
        Assert.Contains(variables, line => line.StartsWith("SSL_CIPHER=TLS_", StringComparison.Ordinal));
        Assert.Contains("SSL_TLS_SNI=www.example.org", variables);
        Assert.Contains("SSL_ALPN=x", variables);
        Assert.Contains("RELAYCLIENT=yes", variables);
        Assert.Contains("SSL_CLIENT_VERIFY=SUCCESS", variables);
        Assert.Contains("SSL_CLIENT_S_DN=CN=alice", variables);
        Assert.Contains("SSL_CLIENT_I_DN=CN=Test CA", variables);
        Assert.Contains($"SSL_CLIENT_M_SERIAL={certificate.SerialNumber}", variables);
        Assert.Contains($"SSL_CLIENT_SHA256={Convert.ToHexStringLower(SHA256.HashData(certificate.RawData))}", variables);
        Assert.Contains($"TCPREMOTEPORT={client.Peer.Name.Split(':')[^1]}", variables);

        using var without = await TlsPeer.ConnectAsync(Daemon, "variables");
        Assert.Contains("SSL_CLIENT_VERIFY=NONE", Encoding.UTF8.GetString(await without.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("forward")]
    [InlineData("echo")]
    public async Task Bytes_InBothDirections_ArriveUnchanged(string port)
    {
        var sent = RandomNumberGenerator.GetBytes(8 << 20);
        using var client = await TlsPeer.ConnectAsync(Daemon, port);
        var receiving = client.ReadToEndAsync();

        await client.SendAsync(sent);
        await client.FinishAsync();

        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(await receiving)));
    }

    [Fact]
    public async Task Child_ThatAnswersWithoutReadingAll_LosesNothingOfItsAnswer()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = await TlsPeer.ConnectAsync(Daemon, "answers");

            await client.SendAsync("request\nand a body that is not read"u8.ToArray());

            Assert.Equal("answer to request\n", Encoding.UTF8.GetString(await client.ReadToEndAsync()));
        }
    }

    [Fact]
    public async Task Child_ThatEndsItsTransmission_StillHearsItsClient()
    {
        var sent = RandomNumberGenerator.GetBytes(1 << 20);
        using var client = await TlsPeer.ConnectAsync(Daemon, "listens");
        Assert.Empty(await client.ReadToEndAsync());

        await client.SendAsync(sent);
        await client.FinishAsync();

        Assert.Equal("exited", (await Daemon.WaitForRecordAsync(client.Peer.Name)).End["End"]);
        Assert.Equal(sent, await File.ReadAllBytesAsync(Daemon.Scratch["heard"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Child_WhoseClientIsIdle_EndsByTheTimeLimit()
    {
        using var client = await TlsPeer.ConnectAsync(Daemon, "leaves");

        Assert.Empty(await client.ReadToEndAsync());

        var (_, end) = await Daemon.WaitForRecordAsync(client.Peer.Name);
        Assert.Equal("timeout", end["End"]);
    }

    [Fact]
    public async Task Abort_EndsTheClientAndTheChild()
    {
        using var client = await TlsPeer.ConnectAsync(Daemon, "cat");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        var started = await Daemon.WaitForEventAsync("ChildStarted", found => found["Peer"] == client.Peer.Name);

        await Daemon.DoAsync("abort", id: started.Number("ConnectionId"));

        await Assert.ThrowsAnyAsync<IOException>(() => client.ReadToEndAsync());

        // The child may see the end of its client before it is killed.
        Assert.Contains((await Daemon.WaitForEndAsync(started["ConnectionId"]))["End"], (string[])["killed", "exited"]);
        Assert.False(ProcFiles.Lives((int)started.Number("Pid")));
    }

    [Fact]
    public async Task Client_ThatIsCutOff_IsLostForAHandlerAndHasEndedForAChild()
    {
        using var ofHandler = await TlsPeer.ConnectAsync(Daemon, "echo");
        using var ofChild = await TlsPeer.ConnectAsync(Daemon, "cat");

        foreach (var client in (TlsPeer[])[ofHandler, ofChild])
        {
            Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

            // Without the alert that ends TLS.
            client.Peer.Finish();
        }

        await Assert.ThrowsAnyAsync<IOException>(ofHandler.ReadToEndAsync);
        Assert.Empty(await ofChild.ReadToEndAsync());
        Assert.Equal("reset", (await Daemon.WaitForRecordAsync(ofHandler.Peer.Name)).End["End"]);
        Assert.Equal("exited", (await Daemon.WaitForRecordAsync(ofChild.Peer.Name)).End["End"]);
    }

    [Fact]
    public async Task Handshake_ThatLastsTooLong_EndsTheConnection()
    {
        using var client = await Daemon.ConnectAsync("impatient");

        Assert.Empty(await client.ReadToEndAsync());

        Assert.Contains("within 0.2 s", (await FailureAsync(client))["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_ThatAreNoTls_EndTheirConnectionAndNoOther()
    {
        using var lasting = await TlsPeer.ConnectAsync(Daemon, "echo");
        foreach (var bytes in (byte[][])["GET / HTTP/1.0\r\n\r\n"u8.ToArray(), [0x16, 3, 1, 0xff, 0xff], new byte[70_000], []])
        {
            using var client = await Daemon.ConnectAsync("cat");
            await client.SendAsync(bytes);
            client.Finish();
            await client.ReadToEndAsync();
            await FailureAsync(client);
        }

        Assert.Equal("TEST", await lasting.ExchangeAsync("TEST"));
        await Daemon.StatusAsync(status => status.Service("cat").Ends.GetValueOrDefault("tls_failed") >= 4, "the failures");
    }

    [Fact]
    public async Task Handshake_ThatFails_HasNoLineWhereTheLogNamesNoConnection()
    {
        using var client = await Daemon.ConnectAsync("quiet");
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        client.Finish();
        await client.ReadToEndAsync();
        await Daemon.StatusAsync(status => status.Service("quiet").Ends.GetValueOrDefault("tls_failed") == 1, "the failure");

        // What is logged comes in order.
        using var other = await Daemon.ConnectAsync("echo");
        await other.SendAsync("GET / HTTP/1.0\r\n\r\n");
        other.Finish();
        await FailureAsync(other);
        Assert.DoesNotContain(Daemon.Events, found => found["Service"] == "quiet" && found.Name == "TlsFailed");
    }

    [Fact]
    public async Task Handshake_ThatFailsBeforeAChild_HasAStartAndAnEnd()
    {
        using var client = await Daemon.ConnectAsync("cat");
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        client.Finish();
        await client.ReadToEndAsync();

        var (start, end) = await Daemon.WaitForRecordAsync(client.Name);

        Assert.Equal(("ConnectionStarted", "tls_failed"), (start.Name, end["End"]));
    }

    [Theory]
    [InlineData("single")]
    [InlineData("sole")]
    public async Task Handshake_ThatHasNotBegun_HoldsAPlace(string port)
    {
        using var silent = await Daemon.ConnectAsync(port);
        await Daemon.StatusAsync(status => status.Service(port).Use("max_connections").Used == 1, "the silent client");
        using var peer = await Daemon.ConnectAsync(port);
        var waiting = TlsPeer.OverAsync(peer);
        await Daemon.StatusAsync(status => status.Service(port).Reason == "clients wait: service_limit", "a client waits");
        Assert.False(waiting.IsCompleted);

        silent.Dispose();

        using var client = await waiting;
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task ProgramsOfOthers_AreServed()
    {
        var port = Daemon.Port("answers");
        var curl = await Command.RunAsync(
            "/usr/bin/curl", "--silent", "--insecure", "--http0.9", "--max-time", "20", "--tlsv1.3", $"https://127.0.0.1:{port}/");
        var openssl = await Command.OutputAsync(
            "/bin/sh", "-c", $"echo line | openssl s_client -quiet -tls1_2 -connect 127.0.0.1:{port} 2>/dev/null");

        Assert.Equal("answer to GET / HTTP/1.1\r\n", curl.Output);
        Assert.Equal("answer to line\n", openssl);
    }

    private static SslClientAuthenticationOptions With(X509Certificate2 certificate) =>
        new()
        {
            TargetHost = "www.example.org",
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
        };

    /// <summary>The log names why the handshake of a client has failed, and its record says that it has.</summary>
    private async Task<LogEvent> FailureAsync(TcpPeer client)
    {
        var failed = await Daemon.WaitForEventAsync("TlsFailed", found => found["Peer"] == client.Name);
        Assert.Equal("tls_failed", (await Daemon.WaitForEndAsync(failed["ConnectionId"]))["End"]);
        return failed;
    }

    /// <summary>With TLS 1.3 the client learns of it after its own part of the handshake.</summary>
    private async Task RefusedAsync(string port, string reason, SslClientAuthenticationOptions options)
    {
        options.TargetHost = "www.example.org";
        using var peer = await Daemon.ConnectAsync(port);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var client = await TlsPeer.OverAsync(peer, options);
            await client.ExchangeAsync("TEST");
        });
        Assert.Contains(reason, (await FailureAsync(peer))["Reason"], StringComparison.Ordinal);
    }
}
