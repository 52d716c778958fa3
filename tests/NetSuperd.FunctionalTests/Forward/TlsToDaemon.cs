using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A daemon with encrypted targets, most of them services of its own, for all tests of a class.</summary>
public sealed class TlsToDaemon : IAsyncLifetime
{
    private const string Ca = "ca = \"ca.pem\"";

    private static readonly (string Name, string Target, string Keys)[] Forwards =
    [
        ("named", "%good%", $"{Ca}, name = \"www.example.org\""),
        ("addressed", "%address%", Ca),
        ("unnamed", "%good%", Ca),
        ("expired", "%late%", $"{Ca}, name = \"www.example.org\""),
        ("unknown", "%stranger%", $"{Ca}, name = \"www.example.org\""),
        ("system", "%good%", "name = \"www.example.org\""),
        ("trusting", "%stranger%", "verify = false"),
        ("modern", "%good%", $"{Ca}, name = \"www.example.org\", min = \"1.3\", alpn = [\"x\"]"),
        ("showing", "%mutual%", $"{Ca}, name = \"www.example.org\", certificate = \"alice.pem\", key = \"alice.key\""),
        ("noisy", "%plain%", "verify = false"),
    ];

    private readonly Socket _listener = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, FreePorts.Next()));
    private readonly X509Certificate2 _authority = TestCertificate.Create("Test CA", isAuthority: true);
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The socket of the target that the tests themselves are, with the certificate of <see cref="Good"/>.</summary>
    public Socket Listener => _listener;

    /// <summary>The port of a target that takes connections and says nothing.</summary>
    public int SilentPort { get; } = FreePorts.Next();

    /// <summary>The port of a target that is openssl.</summary>
    public int OpenSslPort { get; } = FreePorts.Next();

    private int OwnPort => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The certificate of <c>www.example.org</c>.</summary>
    public X509Certificate2 Good => X509Certificate2.CreateFromPemFile(
        Path.Combine(Daemon.Scratch.Folder, "good.pem"), Path.Combine(Daemon.Scratch.Folder, "good.key"));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _daemon = await Daemon.StartAsync(Map(), new DaemonSetup { Prepare = scratch => WriteCertificates(scratch.Folder) });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        _listener.Dispose();
    }

    private string Map() => string.Join('\n', (IEnumerable<string>)
    [
        "[ports]",
        .. ((string[])["good", "address", "late", "stranger", "mutual", "plain"]).Select(name => $"\"127.0.0.1:%{name}%\" = \"{name}\""),
        .. Forwards.Select(each => $"\"127.0.0.1:%{each.Name}%\" = \"{each.Name}\""),
        """
        "127.0.0.1:%own%" = "own"
        "127.0.0.1:%both%" = "both"
        "127.0.0.1:%silent%" = "silent"
        "127.0.0.1:%openssl%" = "openssl"
        "127.0.0.1:%telling%" = "telling"
        "127.0.0.1:%told%" = { service = "told", proxy_protocol = "required", trusted = ["127.0.0.0/8"] }

        [services.plain]
        handler = "daytime"

        [services.told]
        handler = "echo"
        tls     = { certificate = "good.pem", key = "good.key" }

        [services.mutual]
        handler = "echo"
        tls     = { certificate = "good.pem", key = "good.key", client_ca = "ca.pem", require_client = true }

        [services.telling]
        forward    = "127.0.0.1:%told%"
        send_proxy = 2
        tls_to     = { ca = "ca.pem", name = "www.example.org" }
        """,
        .. ((string[])["good", "address", "late", "stranger"]).Select(name =>
            $"[services.{name}]\nhandler = \"echo\"\ntls = {{ certificate = \"{name}.pem\", key = \"{name}.key\", alpn = [\"x\"] }}"),
        .. Forwards.Select(each => $"[services.{each.Name}]\nforward = \"127.0.0.1:{each.Target}\"\ntls_to = {{ {each.Keys} }}"),
        $"""
        [services.own]
        forward = "localhost:{OwnPort}"
        tls_to  = {Own}

        [services.both]
        forward = "127.0.0.1:{OwnPort}"
        tls_to  = {Own}
        tls     = {Served}

        [services.silent]
        forward         = "127.0.0.1:{SilentPort}"
        connect_timeout = "200ms"
        tls_to          = {Own}

        [services.openssl]
        forward = "127.0.0.1:{OpenSslPort}"
        tls_to  = {Own}
        """,
    ]);

    private const string Own = "{ ca = \"ca.pem\", name = \"www.example.org\" }";

    private const string Served = "{ certificate = \"good.pem\", key = \"good.key\" }";

    private void WriteCertificates(string folder)
    {
        using var stranger = TestCertificate.Create("Other CA", isAuthority: true);
        Write("good", TestCertificate.OfServer("www.example.org", _authority));
        Write("address", TestCertificate.OfServer("127.0.0.1", _authority));
        Write("late", TestCertificate.OfServer("www.example.org", _authority, TimeSpan.FromHours(-1)));
        Write("stranger", TestCertificate.OfServer("www.example.org", stranger));
        Write("alice", TestCertificate.OfClient("alice", _authority));
        Write("ca", _authority);

        void Write(string name, X509Certificate2 certificate) => TestCertificate.Write(folder, name, certificate);
    }
}
