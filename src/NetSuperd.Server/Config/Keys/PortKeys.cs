using System.Collections.Immutable;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of a socket in <c>[ports]</c>.</summary>
internal static class PortKeys
{
    // The length that sd_listen_fds_with_names(3) accepts.
    private const int MostNameLength = 255;

    public static readonly Key<Port, string> Service = new(
        "service", Scope.Always, ServiceName.Kind, port => port.Service.Name, "the service that answers on the socket");

    // Shown as the service that it makes.
    public static readonly Key<Port, Settings> By = new(
        ServiceByFirstBytes.Key,
        Scope.Connecting,
        new FirstBytesKind(),
        _ => null,
        "instead of service: rules by which the first bytes of a client choose the service that gets it");

    public static readonly Key<Port, string> Name = new(
        "name",
        Scope.Always,
        new StringKind(
            "1 to 255 printable ASCII characters without ':' and spaces", IsSocketName, "^[!-9;-~]{1,255}$", "web"),
        port => port.Name,
        "the name of the socket in LISTEN_FDNAMES; default: the service's name");

    public static readonly Key<Port, Transport> Type = new Key<Port, Transport>(
        "type",
        Scope.Unix,
        new WordKind<Transport>(
            [.. Enum.GetValues<Transport>().Where(transport => transport.IsUnix).Select(transport => (transport.Word, transport))]),
        port => port.Key.Transport,
        "the type of a unix socket").WithDefault(Transport.UnixStream);

    public static readonly Key<Port, Transport> Protocol = new(
        "protocol",
        Scope.IpPort,
        new WordKind<Transport>([.. Transports.Protocols]),
        port => port.Key.Transport,
        "the protocol of an IP socket: \"8080\" = { service = \"web\", protocol = \"mptcp\" } is the same as \"8080/mptcp\" = \"web\"; "
        + "default: that of the entry's key");

    public static readonly Key<Port, int> Backlog = new(
        "backlog",
        Scope.Connecting,
        new IntegerKind(1, int.MaxValue),
        port => port.Backlog,
        "how many connections the system queues before they are accepted, at most net.core.somaxconn; default: net.core.somaxconn");

    public static readonly Key<Port, bool> ReusePort = new Key<Port, bool>(
        "reuse_port",
        Scope.IpPort,
        new BooleanKind(),
        port => port.ReusePort,
        "SO_REUSEPORT: other processes of the daemon's user may listen on the same port").WithDefault(false);

    public static readonly Key<Port, bool> NoDelay = new Key<Port, bool>(
        "nodelay", Scope.Tcp, new BooleanKind(), port => port.NoDelay, "TCP_NODELAY: small segments are sent at once").WithDefault(false);

    public static readonly Key<Port, KeepAlive> KeepAlive = new Key<Port, KeepAlive>(
        "keepalive",
        Scope.Tcp,
        new KeepAliveKind(),
        port => port.KeepAlive,
        "SO_KEEPALIVE: the system probes idle connections, and ends those whose peer has vanished; a table sets TCP_KEEPIDLE, the time "
        + "before the first probe, TCP_KEEPINTVL, the time between probes, and TCP_KEEPCNT, the number of probes without an answer")
        .WithDefault(new KeepAlive(IsOn: true));

    public static readonly Key<Port, int> ReceiveBuffer = new(
        "receive_buffer",
        Scope.Buffered,
        new SizeKind(1, 1 << 30),
        port => port.ReceiveBuffer,
        "SO_RCVBUF, the size of the receive buffer; default: the system's");

    public static readonly Key<Port, int> SendBuffer = new(
        "send_buffer",
        Scope.Buffered,
        new SizeKind(1, 1 << 30),
        port => port.SendBuffer,
        "SO_SNDBUF, the size of the send buffer; default: the system's");

    public static readonly Key<Port, TimeSpan> DeferAccept = new(
        "defer_accept",
        Scope.Tcp,
        new DurationKind(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), step: TimeSpan.FromSeconds(1)),
        port => port.DeferAccept,
        "TCP_DEFER_ACCEPT: a connection is accepted when its first byte arrives, or after this time; default: at once");

    public static readonly Key<Port, int> FastOpen = new(
        "fastopen",
        Scope.Tcp,
        new IntegerKind(1, int.MaxValue),
        port => port.FastOpen,
        "TCP_FASTOPEN: data that a client sends with its SYN is served at once, for so many unfinished handshakes; a repeated SYN can "
        + "repeat the request; needs the bit 2 in net.ipv4.tcp_fastopen; default: off");

    public static readonly Key<Port, string> Device = new(
        "device",
        Scope.Ip,
        new StringKind("the name of a network interface of 1 to 15 characters such as \"eth0\"", IsDevice, ".", "eth0"),
        port => port.Device,
        "SO_BINDTODEVICE: the network interface to listen on; default: every interface");

    public static readonly Key<Port, bool> FreeBind = new Key<Port, bool>(
        "freebind",
        Scope.IpPort,
        new BooleanKind(),
        port => port.FreeBind,
        "IP_FREEBIND: the socket is bound even if this host does not have the address yet").WithDefault(false);

    public static readonly Key<Port, bool> Transparent = new Key<Port, bool>(
        "transparent",
        Scope.IpPort,
        new BooleanKind(),
        port => port.Transparent,
        "IP_TRANSPARENT: the socket serves addresses of other hosts that routing or a TPROXY rule leads here, which needs root or "
        + "CAP_NET_ADMIN").WithDefault(false);

    public static readonly Key<Port, int> TypeOfService = new(
        "tos",
        Scope.Ip,
        new IntegerKind(0, 252, step: 4),
        port => port.TypeOfService,
        "IP_TOS, IPV6_TCLASS: the class of the packets that the socket and its connections send, four times the DSCP; "
        + "default: the system's");

    public static readonly Key<Port, int> TimeToLive = new(
        "ttl",
        Scope.HopLimit,
        new IntegerKind(1, 255),
        port => port.TimeToLive,
        "IP_TTL, IPV6_UNICAST_HOPS: how many routers these packets may pass; default: the system's");

    public static readonly Key<Port, int> Mark = new(
        "mark",
        Scope.Ip,
        new IntegerKind(1, int.MaxValue),
        port => port.Mark,
        "SO_MARK: the mark of these packets for routing and packet filters, which needs root or CAP_NET_ADMIN; default: none");

    public static readonly Key<Port, int> Priority = new(
        "priority",
        Scope.Ip,
        new IntegerKind(0, int.MaxValue),
        port => port.Priority,
        "SO_PRIORITY: the priority of these packets for the queues of the network interface; above 6 it needs root or CAP_NET_ADMIN; "
        + "default: by tos");

    public static readonly Key<Port, string> Congestion = new(
        "congestion",
        Scope.Tcp,
        new StringKind(
            "the name of a congestion control of 1 to 15 characters such as \"bbr\"", IsCongestion, "^[A-Za-z0-9_-]{1,15}$", "bbr"),
        port => port.Congestion,
        "TCP_CONGESTION: the congestion control of the connections; one that net.ipv4.tcp_allowed_congestion_control does not list needs "
        + "root or CAP_NET_ADMIN; default: the system's");

    public static readonly Key<Port, ProxyProtocol> ProxyProtocol = new(
        "proxy_protocol",
        Scope.Connecting,
        new WordKind<ProxyProtocol>(("off", Config.ProxyProtocol.Off), ("required", Config.ProxyProtocol.Required)),
        port => port.Trusted is null ? null : Config.ProxyProtocol.Required,
        "whether each connection begins with a header of the PROXY protocol, version 1 or 2, that names the client; needs trusted; "
        + "default: off");

    public static readonly Key<Port, PeerList> Trusted = new(
        "trusted",
        Scope.Connecting,
        new PeersKind(orEveryone: false),
        port => port.Trusted is null ? null : new PeerList(port.Trusted),
        "the proxies that send this header; a connection of anyone else is refused");

    public static readonly Key<Port, ImmutableArray<string>> Types = new(
        "types",
        Scope.Raw,
        new IcmpTypesKind(),
        port => port.Types is { } types ? types.Select(type => IcmpType.Text((int)port.Key.Number, type)).ToImmutableArray() : null,
        "the types of ICMP that a raw socket receives: the system drops the others; default: every type");

    public static readonly Key<Port, uint> Owner = new(
        "owner",
        Scope.UnixPath,
        new IdentityKind("user", "www-data", (names, name) => names.User(name)),
        port => port.Owner,
        "the user that owns the socket file; default: the daemon's");

    public static readonly Key<Port, uint> Group = new(
        "group",
        Scope.UnixPath,
        new IdentityKind("group", "www-data", (names, name) => names.Group(name)),
        port => port.Group,
        "the group of the socket file; default: the daemon's");

    public static readonly Key<Port, int> Mode = new Key<Port, int>(
        "mode", Scope.UnixPath, new OctalKind(4, "0660"), port => (int)port.Mode, "the permissions of the socket file")
        .WithDefault(Convert.ToInt32("0600", 8));

    public static readonly IReadOnlyList<Key<Port>> All =
    [
        Service, By, Name, Type, Protocol, Backlog, ReusePort, NoDelay, KeepAlive, ReceiveBuffer, SendBuffer, DeferAccept, FastOpen, Device,
        FreeBind, Transparent, TypeOfService, TimeToLive, Mark, Priority, Congestion, ProxyProtocol,
        Trusted, Types, Owner, Group, Mode,
    ];

    /// <summary>The kinds of socket, for the keys that fit them.</summary>
    public static Scope ScopeOf(PortKey key)
    {
        var scope = key.Transport.Scope;
        return key.Path is ['/', ..] ? scope | Scope.UnixPath : scope;
    }

    private static bool IsSocketName(string name) =>
        name.Length is > 0 and <= MostNameLength && name.All(letter => letter is > ' ' and <= '~' and not ':');

    // TCP_CA_NAME_MAX counts the NUL at the end as well.
    private static bool IsCongestion(string name) =>
        name.Length is > 0 and <= 15 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    /// <summary>Whether a network interface can have the name (dev_valid_name in net/core/dev.c).</summary>
    public static bool IsDevice(string name) =>
        name is not ("" or "." or "..")
        && Encoding.UTF8.GetByteCount(name) <= SystemLimits.MostInterfaceNameBytes
        && !name.Any(letter => letter is '/' or ':' || char.IsWhiteSpace(letter));
}
