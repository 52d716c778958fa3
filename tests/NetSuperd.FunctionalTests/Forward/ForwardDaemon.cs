using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A daemon that forwards to targets of the test.</summary>
public sealed class ForwardDaemon : IAsyncLifetime
{
    private const string Ports = """
        [ports]
        "127.0.0.1:%plain%" = "plain"
        "127.0.0.1:%list%" = "list"
        "127.0.0.1:%named%" = "named"
        "127.0.0.1:%unix%" = "unix"
        "127.0.0.1:%none%" = "none"
        "127.0.0.1:%brief%" = "brief"
        "127.0.0.1:%limited%" = "limited"
        "127.0.0.1:%bulk%" = "bulk"
        "127.0.0.1:%first%" = "first"
        "127.0.0.1:%second%" = "second"
        "127.0.0.1:%turns%" = "turns"
        "127.0.0.1:%sources%" = "sources"
        "127.0.0.1:%one%" = "echo"
        "127.0.0.1:%two%" = "echo"

        [ports."127.0.0.1:%proxied%"]
        service = "echo"
        proxy_protocol = "required"
        trusted = ["127.0.0.0/8"]

        [ports."127.0.0.1:%told%"]
        service = "sources"
        proxy_protocol = "required"
        trusted = ["127.0.0.0/8"]
        """;

    private readonly Socket _listener = Listen(new IPEndPoint(IPAddress.Loopback, FreePorts.Next()));
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>A port on which nothing listens until a test does.</summary>
    public int DeadPort { get; } = FreePorts.Next();

    /// <summary>The second port to which <c>list</c> forwards, after the dead one.</summary>
    public int SparePort { get; } = FreePorts.Next();

    /// <summary>The port to which <c>bulk</c> forwards.</summary>
    public int EchoPort { get; } = FreePorts.Next();

    /// <summary>A socket that listens.</summary>
    public static Socket Listen(EndPoint end)
    {
        var listener = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(end);
        listener.Listen();
        return listener;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _daemon = await Daemon.StartAsync(
            $"""
            {Ports}

            [services.plain]
            forward = "127.0.0.1:{port}"

            [services.list]
            forward = ["127.0.0.1:{DeadPort}", "127.0.0.1:{SparePort}"]

            [services.named]
            forward = "localhost:{port}"
            source = "127.0.0.5"

            [services.unix]
            forward = "@netsuperd-{port}"

            [services.none]
            forward = "127.0.0.1:{DeadPort}"

            [services.brief]
            forward = "127.0.0.1:{port}"
            idle_timeout = "1s"

            [services.limited]
            forward = "127.0.0.1:{port}"
            max_duration = "2s"

            [services.turns]
            forward = ["127.0.0.1:%one%", "127.0.0.1:%two%"]
            balance = "round_robin"

            [services.sources]
            forward = ["127.0.0.1:%one%", "127.0.0.1:%two%"]
            balance = "source"

            [services.first]
            forward = "127.0.0.1:%proxied%"
            send_proxy = 1

            [services.second]
            forward = "127.0.0.1:%proxied%"
            send_proxy = 2

            [services.bulk]
            forward = "127.0.0.1:{EchoPort}"

            [defaults]
            balance = "first"
            """);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        _listener.Dispose();
    }

    /// <summary>A client of a service, the connection that has come to the target for it, and the number of the client.</summary>
    public async Task<(TcpPeer Client, TcpPeer Target, long Id)> OpenAsync(string service, Socket? listener = null)
    {
        var client = await Daemon.ConnectAsync(service);
        var target = await TcpPeer.AcceptAsync(listener ?? _listener);

        // A client of an earlier test may have had the same port.
        var live = (await Daemon.ConnectionsAsync()).Single(live => live.Peer == client.Name && live.Local == client.Server);
        return (client, target, live.Id);
    }

    /// <summary>The name of the abstract socket to which <c>unix</c> forwards.</summary>
    public string UnixName => $"netsuperd-{((IPEndPoint)_listener.LocalEndPoint!).Port}";
}
