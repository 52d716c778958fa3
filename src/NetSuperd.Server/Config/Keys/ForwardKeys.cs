using System.Collections.Immutable;
using System.Net;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[services.NAME]</c> for a service that forwards its connections.</summary>
internal static class ForwardKeys
{
    private const Scope DefaultForward = Scope.Forward | Scope.Defaults;

    public static readonly Key<Service, ImmutableArray<ForwardTarget>> Forward = new(
        "forward",
        Scope.Forward,
        new TargetsKind(),
        service => service.Forward?.Targets,
        "the servers to which connections and datagrams of UDP are forwarded: an address and a port, a name and a port, a unix socket, or "
        + "with service:NAME the socket of a service of the map, such as one with idle_stop; a name is looked up when a client comes, and "
        + "again after 30 s; one that does not answer is tried after the others for 1 s, later for up to 30 s");

    public static readonly Key<Service, Balance> Balance = new Key<Service, Balance>(
        "balance",
        DefaultForward,
        new WordKind<Balance>(
            ("first", Config.Balance.First), ("round_robin", Config.Balance.RoundRobin), ("source", Config.Balance.Source)),
        service => service.Forward?.Balance,
        "which target gets a connection: the first one that answers, one after the other, or the same one for each address of clients; "
        + "if it does not answer, the next one").WithDefault(Config.Balance.First);

    public static readonly Key<Service, TimeSpan> ConnectTimeout = new Key<Service, TimeSpan>(
        "connect_timeout",
        DefaultForward,
        new DurationKind(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
        service => service.Forward?.ConnectTimeout,
        "how long a connection to one address of a target may take before the next one is tried, and how long the first lookup of a name")
        .WithDefault(TimeSpan.FromSeconds(5));

    public static readonly Key<Service, IPAddress> Source = new(
        "source",
        DefaultForward,
        new AddressKind(),
        service => service.Forward?.Source,
        "the address of this host from which connections to targets come; default: the system chooses it");

    public static readonly Key<Service, bool> Transparent = new Key<Service, bool>(
        "transparent",
        DefaultForward,
        new BooleanKind(),
        service => service.Forward?.Transparent,
        "connections to targets come from the address of the client (IP_TRANSPARENT), which needs root, CAP_NET_ADMIN or CAP_NET_RAW, and "
        + "routing that leads the answers of targets to this host").WithDefault(false);

    public static readonly Key<Service, int> SendProxy = new(
        "send_proxy",
        DefaultForward,
        new IntegerKind(1, 2),
        service => service.Forward?.SendProxy,
        "the version of the PROXY header that each target gets first, with the addresses of the client, and in version 2 what TLS has "
        + "agreed on, a unique id, and the values of the proxy through which the client has come; default: none");

    public static readonly Key<Service, TlsToPlan> TlsTo = new(
        "tls_to",
        Scope.Forward,
        new TlsToKind(),
        service => service.Forward?.TlsTo,
        "connections to targets are encrypted; a target needs a certificate that is for its name and that a CA of the system has signed, "
        + "or with ca = \"FILE\" one of that file, unless verify is false; name is the name to ask for, by default that of the target; "
        + "certificate and key are PEM files for targets that ask for a certificate; min is \"1.2\" or \"1.3\"; alpn lists application "
        + "protocols; connect_timeout covers the handshake; default: the connections are not encrypted");

    public static readonly IReadOnlyList<Key<Service>> All = [Forward, Balance, ConnectTimeout, Source, Transparent, SendProxy, TlsTo];
}
