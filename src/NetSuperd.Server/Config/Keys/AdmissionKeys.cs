using System.Collections.Immutable;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>
/// The keys of <c>[services.NAME]</c> and <c>[defaults]</c> that say which clients are admitted: both kinds of service have them.
/// </summary>
internal static class AdmissionKeys
{
    /// <summary>The greatest limit of connections; no system has more descriptors.</summary>
    public const int MostConnections = 1_000_000;

    /// <summary>The alternative to a number, as a message says it.</summary>
    public const string OrUnlimited = " or \"" + LimitKind<int>.Unlimited + "\"";

    private const Scope AnyService = Scope.Handler | Scope.Exec | Scope.Forward | Scope.Defaults;
    private const int MostBannerBytes = 512;
    private const string OrDisabled = ", or enabled = false to switch the service off";

    private static readonly LimitKind<int> CountKind = new(new IntegerKind(1, MostConnections, OrUnlimited), OrDisabled);
    private static readonly LimitKind<Rate> RateKind = new(new RateKind(), OrDisabled);

    private static readonly LimitKind<Rate> ByteRateKind = new(new ByteRateKind(), OrDisabled);

    private static readonly LimitKind<TimeSpan> TimeKind =
        new(new DurationKind(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(30), otherwise: "," + OrUnlimited));

    /// <summary>
    /// How often one source may send a datagram to a built-in where <c>rate_per_source</c> stands nowhere; loopback is exempt then.
    /// </summary>
    public static readonly Rate DatagramRatePerSource = new(200, TimeSpan.FromSeconds(1), 1000);

    /// <summary>How long a connection to a built-in may carry nothing where <c>idle_timeout</c> stands nowhere.</summary>
    public static readonly TimeSpan BuiltinIdleTimeout = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a session of forwarded datagrams may carry nothing where <c>idle_timeout</c> stands nowhere: the least that RFC 4787,
    /// REQ-5, allows to a network address translator, which keeps such sessions as well.
    /// </summary>
    public static readonly TimeSpan SessionIdleTimeout = TimeSpan.FromMinutes(2);

    public static readonly Key<Service, PeerList> Allow = new Key<Service, PeerList>(
        "allow",
        AnyService,
        new PeersKind(orEveryone: true),
        service => new PeerList(service.Admission.Allow),
        "the peers that may connect; all others are refused; where deny matches too, the more specific entry decides")
        .WithDefault(new PeerList(Rules: null));

    public static readonly Key<Service, PeerList> Deny = new Key<Service, PeerList>(
        "deny",
        AnyService,
        new PeersKind(orEveryone: false),
        service => new PeerList(service.Admission.Deny),
        "the peers that are refused; where allow matches too, the more specific entry decides, and deny where both are equally specific")
        .WithDefault(new PeerList([]));

    public static readonly Key<Service, ImmutableArray<TimeWindow>> Times = new Key<Service, ImmutableArray<TimeWindow>>(
        "times", AnyService, new TimesKind(), service => service.Admission.Times, "when peers may connect; empty: always").WithDefault([]);

    public static readonly Key<Service, TimeZoneInfo> TimeZone = new(
        "time_zone",
        AnyService,
        new TimeZoneKind(),
        service => service.Admission is { Times.IsEmpty: false, TimeZone: var zone } && TimeZoneKind.IsNamed(zone) ? zone : null,
        "the time zone of times; default: the daemon's");

    public static readonly Key<Service, Limit<int>> MaxConnections = new Key<Service, Limit<int>>(
        "max_connections",
        AnyService,
        CountKind,
        service => Limit.Of(service.Admission.MaxConnections),
        "how many connections or children the service may have at once").WithDefault(new Limit<int>(1000));

    public static readonly Key<Service, Limit<int>> MaxPerSource = new Key<Service, Limit<int>>(
        "max_per_source",
        AnyService,
        CountKind,
        service => service.Admission.CountsLocalPeers ? Limit.Of(service.Admission.MaxPerSource) : null,
        "how many connections or children one source may have; "
        + "for loopback addresses and peers of unix sockets only where the service itself sets it")
        .WithDefault(new Limit<int>(100));

    public static readonly Key<Service, Limit<int>> MaxPerNetwork = new(
        "max_per_network",
        AnyService,
        CountKind,
        service => service.Admission.Has(MaxPerNetwork!) ? Limit.Of(service.Admission.MaxPerNetwork) : null,
        "how many connections or children one network may have: an IPv4 /24, an IPv6 /48, a context identifier of vsock, a user of "
        + "unix sockets, all loopback addresses together; default: half of max_connections, and half of daemon.max_connections, "
        + "but no less than a max_per_source that the map sets");

    public static readonly Key<Service, SourcePrefix> SourcePrefix = new Key<Service, SourcePrefix>(
        "source_prefix",
        AnyService,
        new SourcePrefixKind(),
        service => service.Admission.SourcePrefix,
        "how many bits at the start of an address identify a source").WithDefault(Config.SourcePrefix.Default);

    public static readonly Key<Service, Limit<Rate>> Rate = new Key<Service, Limit<Rate>>(
        "rate",
        AnyService,
        RateKind,
        service => Limit.Of(service.Admission.Rate),
        "how many connections or datagrams per unit of time; burst: how many at once, default: the same number")
        .WithDefault(Limit<Rate>.None);

    public static readonly Key<Service, Limit<Rate>> RatePerSource = new Key<Service, Limit<Rate>>(
        "rate_per_source",
        AnyService,
        RateKind,
        service => service.Admission.Has(RatePerSource!) ? Limit.Of(service.Admission.RatePerSource) : null,
        "how many connections or datagrams of one source per unit of time; default for datagrams to a built-in: "
        + $"{RateKind.Format(new Limit<Rate>(DatagramRatePerSource))}, but not for loopback")
        .WithDefault(Limit<Rate>.None);

    public static readonly Key<Service, Limit<Rate>> BytesPerSource = new Key<Service, Limit<Rate>>(
        "bytes_per_source",
        Scope.Handler | Scope.Defaults,
        ByteRateKind,
        service => service.Admission.Has(BytesPerSource!) ? Limit.Of(service.Admission.BytesPerSource) : null,
        "how many bytes of answers one source gets for its datagrams; the default is for built-ins only, and not for loopback")
        .WithDefault(new Limit<Rate>(new Rate(256 * 1024, TimeSpan.FromSeconds(1), 256 * 1024)));

    public static readonly Key<Service, AtLimit> AtLimit = new Key<Service, AtLimit>(
        "at_limit",
        AnyService,
        new WordKind<AtLimit>(("defer", Config.AtLimit.Defer), ("refuse", Config.AtLimit.Refuse)),
        service => service.Admission.AtLimit,
        "what happens to clients while a limit of the service is reached: they wait in the backlog, or are accepted and closed")
        .WithDefault(Config.AtLimit.Defer);

    public static readonly Key<Service, string> BannerRefused = new Key<Service, string>(
        "banner_refused",
        AnyService,
        new LineKind(MostBannerBytes),
        service => service.Admission.BannerRefused ?? "",
        "a line that is sent to a refused client before its connection is closed; empty: none").WithDefault("");

    public static readonly Key<Service, Limit<TimeSpan>> IdleTimeout = new Key<Service, Limit<TimeSpan>>(
        "idle_timeout",
        AnyService,
        TimeKind,
        service => Limit.Of(service.Admission.IdleTimeout),
        "how long a connection may carry nothing in either direction before it is ended; default for a built-in: "
        + TimeKind.Format(new Limit<TimeSpan>(BuiltinIdleTimeout)) + ", and for a session of forwarded datagrams: "
        + TimeKind.Format(new Limit<TimeSpan>(SessionIdleTimeout)))
        .WithDefault(Limit<TimeSpan>.None);

    public static readonly Key<Service, Limit<TimeSpan>> FirstByteTimeout = new Key<Service, Limit<TimeSpan>>(
        "first_byte_timeout",
        Scope.Handler | Scope.Forward | Scope.Defaults,
        TimeKind,
        service => Limit.Of(service.Admission.FirstByteTimeout),
        "how long a client of a handler or a forward may take to send its first byte").WithDefault(Limit<TimeSpan>.None);

    public static readonly Key<Service, Limit<TimeSpan>> MaxDuration = new Key<Service, Limit<TimeSpan>>(
        "max_duration",
        AnyService,
        TimeKind,
        service => Limit.Of(service.Admission.MaxDuration),
        "how long a connection or a child may last before it is ended").WithDefault(Limit<TimeSpan>.None);

    public static readonly IReadOnlyList<Key<Service>> All =
    [
        Allow, Deny, Times, TimeZone, MaxConnections, MaxPerSource, MaxPerNetwork, SourcePrefix, Rate, RatePerSource, BytesPerSource,
        AtLimit, BannerRefused, IdleTimeout,
        FirstByteTimeout, MaxDuration,
    ];

    /// <summary>The time limits of a connection.</summary>
    public static readonly IReadOnlyList<Key<Service>> OfTime = [IdleTimeout, FirstByteTimeout, MaxDuration];
}
