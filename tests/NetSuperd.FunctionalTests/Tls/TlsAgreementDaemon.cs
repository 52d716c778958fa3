using System.Security.Cryptography;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>A daemon with a certificate of each kind of key, for all tests of a class.</summary>
public sealed class TlsAgreementDaemon : IAsyncLifetime
{
    private const string Map = """
        [ports]
        %handler% = "handler"
        %child% = "child"
        %forward% = "forward"
        %modern% = "modern"
        %answers% = "answers"
        %asks% = "asks"
        %mutual% = "mutual"
        "@netsuperd-agreement-%handler%" = "plain"

        [services.handler]
        handler = "echo"
        tls = { certificate = ["rsa.pem", "ec.pem"], key = ["rsa.key", "ec.key"] }

        [services.child]
        exec = ["/bin/cat"]
        tls = { certificate = ["rsa.pem", "ec.pem"], key = ["rsa.key", "ec.key"] }

        [services.forward]
        forward = "@netsuperd-agreement-%handler%"
        tls = { certificate = ["rsa.pem", "ec.pem"], key = ["rsa.key", "ec.key"] }

        [services.modern]
        handler = "echo"
        tls = { certificate = "ec.pem", key = "ec.key", min = "1.3" }

        [services.answers]
        exec = ["/bin/sh", "-c", "read -r line; echo \"answer to $line\""]
        tls = { certificate = "ec.pem", key = "ec.key" }

        [services.asks]
        exec = ["/bin/sh", "-c", "read -r line; echo \"answer to $line\""]
        tls = { certificate = "ec.pem", key = "ec.key", client_ca = "ca.pem" }

        [services.mutual]
        exec = ["/bin/sh", "-c", "read -r line; echo \"answer to $line\""]
        tls = { certificate = "ec.pem", key = "ec.key", client_ca = "ca.pem", require_client = true }

        [services.plain]
        handler = "echo"
        """;

    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(Map, new DaemonSetup { Prepare = Write });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }

    private static void Write(Scratch scratch)
    {
        using var authority = TestCertificate.Create("Test CA", isAuthority: true);
        TestCertificate.Write(scratch.Folder, "ca", authority);
        TestCertificate.Write(scratch.Folder, "client", TestCertificate.OfClient("alice", authority));
        TestCertificate.Write(scratch.Folder, "ec", TestCertificate.Create("ec.example.org"));
        using var key = RSA.Create(2048);
        TestCertificate.Write(scratch.Folder, "rsa", TestCertificate.Create("rsa.example.org", key));
    }
}
