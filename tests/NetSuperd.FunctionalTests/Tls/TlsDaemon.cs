using System.Security.Cryptography.X509Certificates;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>A daemon whose services are encrypted, for all tests of a class.</summary>
public sealed class TlsDaemon : IAsyncLifetime
{
    private const string Map = """
        [ports]
        %echo% = "echo"
        %modern% = "modern"
        %mutual% = "mutual"
        %impatient% = "impatient"
        %forward% = "forward"
        %variables% = "variables"
        %cat% = "cat"
        %answers% = "answers"
        %leaves% = "leaves"
        %quiet% = "quiet"
        %single% = "single"
        %sole% = "sole"
        %listens% = "listens"
        "@netsuperd-tls-%echo%" = "plain"

        [services.echo]
        handler = "echo"
        tls = { certificate = ["www.pem", "git.pem"], key = ["www.key", "git.key"], alpn = ["h2", "http/1.1"] }

        [services.modern]
        handler = "echo"
        tls = { certificate = "www.pem", key = "www.key", min = "1.3" }

        [services.mutual]
        handler = "echo"
        tls = { certificate = "www.pem", key = "www.key", client_ca = "ca.pem", require_client = true }

        [services.impatient]
        handler = "echo"
        tls = { certificate = "www.pem", key = "www.key", handshake_timeout = "200ms" }

        [services.forward]
        forward = "@netsuperd-tls-%echo%"
        tls = { certificate = "www.pem", key = "www.key" }

        [services.variables]
        exec = ["/usr/bin/env"]
        clients = [{ from = "127.0.0.1", env = { RELAYCLIENT = "yes" } }]
        tls = { certificate = "www.pem", key = "www.key", client_ca = "ca.pem", alpn = ["x"] }

        [services.cat]
        exec = ["/bin/cat"]
        tls = { certificate = "www.pem", key = "www.key" }

        [services.answers]
        exec = ["/bin/sh", "-c", "read -r line; echo \"answer to $line\""]
        tls = { certificate = "www.pem", key = "www.key" }

        [services.leaves]
        exec = ["/bin/sleep", "1000"]
        idle_timeout = "500ms"
        tls = { certificate = "www.pem", key = "www.key" }

        [services.quiet]
        handler = "echo"
        log = "none"
        tls = { certificate = "www.pem", key = "www.key" }

        [services.single]
        handler = "echo"
        max_connections = 1
        tls = { certificate = "www.pem", key = "www.key", handshake_timeout = "1m" }

        [services.sole]
        exec = ["/bin/cat"]
        max_connections = 1
        tls = { certificate = "www.pem", key = "www.key", handshake_timeout = "1m" }

        [services.listens]
        exec = ["/usr/bin/perl", "-e", "shutdown STDOUT, 1; open FILE, '>%dir%/heard'; print FILE <STDIN>"]
        tls = { certificate = "www.pem", key = "www.key" }

        [services.plain]
        handler = "echo"
        """;

    private readonly X509Certificate2 _authority = TestCertificate.Create("Test CA", isAuthority: true);
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The certificate of a client, signed by the CA of the map.</summary>
    public X509Certificate2 Client => TestCertificate.OfClient("alice", _authority);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(
        Map,
        new DaemonSetup
        {
            Prepare = scratch =>
            {
                TestCertificate.Write(scratch.Folder, "www", TestCertificate.Create("www.example.org"));
                TestCertificate.Write(scratch.Folder, "git", TestCertificate.Create("git.example.org"));
                TestCertificate.Write(scratch.Folder, "ca", _authority);
            },
        });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }
}
