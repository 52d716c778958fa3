using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A daemon that forwards datagrams to targets of the test.</summary>
public sealed class SessionDaemon : IAsyncLifetime
{
    private readonly DatagramTarget _target = new(IPAddress.Loopback, FreePorts.Next());
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <summary>The target of most services.</summary>
    public DatagramTarget Target => _target;

    /// <summary>A port on which nothing receives.</summary>
    public int DeadPort { get; } = FreePorts.Next();

    /// <summary>The port of a DNS server.</summary>
    public int DnsPort { get; } = FreePorts.Next();

    /// <summary>The name of the abstract socket to which <c>unix</c> forwards.</summary>
    public string UnixName => $"netsuperd-{_target.Port}";

    private const string Ports = """
        [ports]
        "%plain%/udp" = "plain"
        "127.0.0.1:%list%/udp" = "list"
        "127.0.0.1:%named%/udp" = "named"
        "127.0.0.1:%unix%/udp" = "unix"
        "127.0.0.1:%none%/udp" = "none"
        "127.0.0.1:%brief%/udp" = "brief"
        "127.0.0.1:%dns%/udp" = "dns"
        "127.0.0.1:%dns%/tcp" = "dns"
        "127.0.0.1:%few%/udp" = "few"
        "127.0.0.1:%full%/udp" = "full"
        "127.0.0.1:%two%/udp" = "two"
        "127.0.0.1:%both%/udp" = "both"
        "127.0.0.1:%both%/tcp" = "both"
        "127.0.0.1:%closed%/udp" = "closed"


        """;

    private string Services => $"""
        [services.plain]
        forward = "127.0.0.1:{_target.Port}"

        [services.list]
        forward = ["127.0.0.1:{DeadPort}", "127.0.0.1:{_target.Port}"]

        [services.named]
        forward = "localhost:{_target.Port}"
        source = "127.0.0.5"

        [services.unix]
        forward = "@{UnixName}"

        [services.none]
        forward = "127.0.0.1:{DeadPort}"

        [services.brief]
        forward = "127.0.0.1:{_target.Port}"
        idle_timeout = "1s"

        [services.dns]
        forward = "127.0.0.1:{DnsPort}"

        [services.few]
        forward = "127.0.0.1:{_target.Port}"
        max_connections = 4
        max_per_network = "unlimited"

        [services.full]
        forward = "127.0.0.1:{_target.Port}"
        max_connections = 4
        max_per_network = "unlimited"

        [services.two]
        forward = "127.0.0.1:{_target.Port}"
        max_per_source = 2

        [services.both]
        forward = "127.0.0.1:{_target.Port}"
        max_per_source = 2

        [services.closed]
        forward = "127.0.0.1:{_target.Port}"
        deny = ["127.0.0.9"]
        """;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(Ports + Services);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        _target.Dispose();
    }

    /// <summary>A client of a service.</summary>
    public DatagramPeer Client(string service, string? from = null) => DatagramPeer.Of(Daemon.Port(service), from: from);

    /// <summary>The session of a client of a service, as the daemon lists it; null: it has none.</summary>
    public async Task<ListedConnection?> SessionAsync(DatagramPeer client, string service) =>
        (await Daemon.ConnectionsAsync()).SingleOrDefault(live => live.Service == service && live.Peer == client.Name);
}

/// <summary>A socket to which datagrams are forwarded.</summary>
public sealed class DatagramTarget : IDisposable
{
    private readonly Socket _socket;

    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    public DatagramTarget(IPAddress address, int port)
        : this(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp), new IPEndPoint(address, port))
    {
    }

    /// <param name="name">The name of an abstract unix socket.</param>
    public DatagramTarget(string name)
        : this(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), new UnixDomainSocketEndPoint($"\0{name}"))
    {
    }

    private DatagramTarget(Socket socket, EndPoint end)
    {
        _socket = socket;
        _socket.Bind(end);
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Waits for a datagram.</summary>
    /// <returns>What it says, and from where it comes.</returns>
    public async Task<(byte[] Data, EndPoint From)> HearAsync()
    {
        var buffer = new byte[65_536];
        using var deadline = new CancellationTokenSource(Deadline.Default);
        EndPoint any = _socket.LocalEndPoint is IPEndPoint ? new IPEndPoint(IPAddress.Any, 0) : new UnixDomainSocketEndPoint("/");
        var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, any, deadline.Token);
        return (buffer[..received.ReceivedBytes], received.RemoteEndPoint);
    }

    /// <summary>Sends a datagram.</summary>
    public void Send(byte[] data, EndPoint to) => Assert.Equal(data.Length, _socket.SendTo(data, to));

    /// <summary>Waits for a datagram and sends it back.</summary>
    /// <returns>From where it came.</returns>
    public async Task<EndPoint> EchoAsync()
    {
        var (data, from) = await HearAsync();
        Send(data, from);
        return from;
    }

    /// <summary>A client asks, and the target answers with the same.</summary>
    /// <returns>From where the target was asked.</returns>
    public async Task<EndPoint> TalkAsync(DatagramPeer client, string word)
    {
        var answer = client.AskAsync(word);
        var from = await EchoAsync();
        Assert.Equal(word, await answer);
        return from;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
