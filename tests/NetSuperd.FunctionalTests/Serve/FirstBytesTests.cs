using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Serve;

/// <summary>One port for many protocols (<c>by</c>), with their real clients.</summary>
public sealed class FirstBytesTests
{
    private const string Map = """
        [ports]
        %port% = { by = [
            { tls = "sni:*.example.org", service = "tls" },
            { http = true, service = "web" },
            { starts_with = "SSH-", service = "ssh" },
            { timeout = "200ms", service = "greeter" },
            { service = "echo" },
        ] }
        [services.tls]
        exec = ["/usr/bin/socat", "-", "UNIX-CONNECT:%dir%/tls.sock"]
        [services.web]
        exec = ["/bin/sh", "-c", '''
            read method path rest
            while read line && [ ${#line} -gt 1 ]; do :; done
            printf 'HTTP/1.0 200 OK\r\n\r\n%s' $path
        ''']
        deny = ["127.0.0.9"]
        [services.ssh]
        exec = ["/bin/sh", "-c", "printf 'SSH-2.0-test\\r\\n'; read banner; echo $banner > %dir%/banner"]
        [services.greeter]
        exec = ["/bin/echo", "hello"]
        """;

    [Fact]
    public async Task Port_ThatHasRules_ServesEachClientByItsFirstBytes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var port = daemon.Port("port");

        Assert.Equal("/a/path", await Command.OutputAsync("curl", "--silent", "--show-error", $"http://127.0.0.1:{port}/a/path"));

        await Command.RunAsync(
            "ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", $"{port}", "127.0.0.1");
        await Deadline.UntilAsync(() => File.Exists(daemon.Scratch["banner"]), "the child has the banner of the client");
        Assert.StartsWith("SSH-2.0-OpenSSH", File.ReadAllText(daemon.Scratch["banner"]), StringComparison.Ordinal);

        using (var silent = await daemon.ConnectAsync("port"))
        {
            Assert.Equal("hello\n", await silent.ReadToEndAsync());
        }

        using (var other = await daemon.ConnectAsync("port"))
        {
            Assert.Equal("word", await other.ExchangeAsync("word"));
        }

        using (var denied = await TcpPeer.ConnectAsync(port, from: "127.0.0.9"))
        {
            Assert.Equal("", await denied.ExchangeAsync("GET / HTTP/1.0\r\n\r\n"));
        }

        var status = await daemon.StatusAsync();
        Assert.Equal(1, status.Service("web").Reasons["address"]);
        Assert.Equal(5, status.Service($"by-{port}").Ends["closed"]);
        var explained = await daemon.AskedAsync("explain", "127.0.0.9", $"{port}");
        Assert.Contains("tls, web, ssh, greeter, echo", explained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_OfTheEntry_CountsUntilTheClientIsPassedOn()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %port% = "choose"
            [services.choose]
            handler = "first-bytes"
            settings.by = [{ timeout = "1m", service = "discard" }, { service = "echo" }]
            max_connections = 1
            at_limit = "refuse"
            banner_refused = "full"
            [services.echo]
            handler = "echo"
            [services.discard]
            handler = "discard"
            """);
        using var first = await daemon.ConnectAsync("port");
        await daemon.StatusAsync(status => status.Service("choose").Use("max_connections").Used == 1, "the undecided client");
        using var refused = await daemon.ConnectAsync("port");
        Assert.Equal("full\r\n", await refused.ReadToEndAsync());

        Assert.Equal("word", await first.TalkAsync("word"));

        await daemon.StatusAsync(status => status.Service("choose").Use("max_connections").Used == 0, "the free place");
        using var second = await daemon.ConnectAsync("port");
        Assert.Equal("word", await second.TalkAsync("word"));
        Assert.Equal("more", await first.TalkAsync("more"));
    }

    [Fact]
    public async Task ClientHello_InPieces_ReachesAServerOfTlsWhole()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (key, certificate) = (daemon.Scratch["key.pem"], daemon.Scratch["certificate.pem"]);
        await Command.OutputAsync(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=git.example.org",
            "-keyout", key, "-out", certificate);
        await using var server = RunningProcess.Start(
            "openssl",
            ["s_server", "-unix", daemon.Scratch["tls.sock"], "-key", key, "-cert", certificate, "-rev", "-quiet"]);
        await Deadline.UntilAsync(() => File.Exists(daemon.Scratch["tls.sock"]), "the server of TLS listens");

        // A proxy that sends each byte by itself.
        await using var pieces = RunningProcess.Start(
            "socat", ["-b", "1", $"UNIX-LISTEN:{daemon.Scratch["pieces.sock"]}", $"TCP:127.0.0.1:{daemon.Port("port")},nodelay"]);
        await Deadline.UntilAsync(() => File.Exists(daemon.Scratch["pieces.sock"]), "socat listens");

        var answer = await Command.OutputAsync(
            "sh", "-c",
            $"printf 'desrever\\nCLOSE\\n' | openssl s_client -quiet -servername git.example.org -unix {daemon.Scratch["pieces.sock"]}");

        Assert.Equal("reversed\n", answer);
    }
}
