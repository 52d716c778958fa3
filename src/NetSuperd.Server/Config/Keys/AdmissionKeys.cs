using System.Collections.Immutable;
using NetSuperd.Server.Config.Kinds;

namespace NetSuperd.Server.Config.Keys;

/// <summary>
/// The keys of <c>[services.NAME]</c> and <c>[defaults]</c> that say which clients are admitted: both kinds of service have them.
/// </summary>
internal static class AdmissionKeys
{
    /// <summary>The most that a limit of connections takes; more descriptors no system has.</summary>
    public const int MostConnections = 1_000_000;

    /// <summary>What a limit takes beside its value, as it follows in a message.</summary>
    public const string OrUnlimited = " or \"" + LimitKind<int>.Unlimited + "\"";

    private const Scope AnyService = Scope.Handler | Scope.Exec | Scope.Defaults;
    private const int MostBannerBytes = 512;
    private const string OrDisabled = ", or enabled = false for a service that nobody may use";

    private static readonly LimitKind<int> CountKind = new(new IntegerKind(1, MostConnections, OrUnlimited), OrDisabled);
    private static readonly LimitKind<Rate> RateKind = new(new RateKind(), OrDisabled);

    private static readonly LimitKind<Rate> ByteRateKind = new(new ByteRateKind(), OrDisabled);

    private static readonly LimitKind<TimeSpan> TimeKind =
        new(new DurationKind(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(30), otherwise: "," + OrUnlimited));

    public static readonly Key<Service, PeerList> Allow = new Key<Service, PeerList>(
        "allow",
        AnyService,
        new PeersKind(orEveryone: true),
        service => new PeerList(service.Admission.Allow),
        "those who may come in, and nobody else; where deny says otherwise, "
        + "the more specific of the two holds").Or(new PeerList(Rules: null));

    public static readonly Key<Service, PeerList> Deny = new Key<Service, PeerList>(
        "deny",
        AnyService,
        new PeersKind(orEveryone: false),
        service => new PeerList(service.Admission.Deny),
        "those who may not come in; where allow says otherwise, the more specific of the two holds, and this one where both are the same")
        .Or(new PeerList([]));

    public static readonly Key<Service, ImmutableArray<TimeWindow>> Times = new Key<Service, ImmutableArray<TimeWindow>>(
        "times", AnyService, new TimesKind(), service => service.Admission.Times, "when somebody may come in; empty: always").Or([]);

    public static readonly Key<Service, TimeZoneInfo> TimeZone = new(
        "time_zone",
        AnyService,
        new TimeZoneKind(),
        service => service.Admission is { Times.IsEmpty: false, TimeZone: var zone } && TimeZoneKind.IsNamed(zone) ? zone : null,
        "whose clock times is about; default: that of the daemon's time zone");

    public static readonly Key<Service, Limit<int>> MaxConnections = new Key<Service, Limit<int>>(
        "max_connections",
        AnyService,
        CountKind,
        service => Limit.Of(service.Admission.MaxConnections),
        "how many connections or children the service may have at once").Or(new Limit<int>(1000));

    public static readonly Key<Service, Limit<int>> MaxPerSource = new Key<Service, Limit<int>>(
        "max_per_source",
        AnyService,
        CountKind,
        service => service.Admission.CountsLocalPeers ? Limit.Of(service.Admission.MaxPerSource) : null,
        "how many of them one source may have; for loopback addresses and peers of unix sockets only where the service itself says it")
        .Or(new Limit<int>(100));

    public static readonly Key<Service, Limit<int>> MaxPerNetwork = new(
        "max_per_network",
        AnyService,
        CountKind,
        service => service.Admission.Says("max_per_network") ? Limit.Of(service.Admission.MaxPerNetwork) : null,
        "how many of them one network may have: an IPv4 /24, an IPv6 /48, a user of unix sockets, all loopback addresses together; "
        + "default: half of the places of the service, and half of daemon.max_connections, "
        + "but no less than a max_per_source that the map names");

    public static readonly Key<Service, SourcePrefix> SourcePrefix = new Key<Service, SourcePrefix>(
        "source_prefix",
        AnyService,
        new SourcePrefixKind(),
        service => service.Admission.SourcePrefix,
        "how many bits of an address make a source").Or(Config.SourcePrefix.Default);

    public static readonly Key<Service, Limit<Rate>> Rate = new Key<Service, Limit<Rate>>(
        "rate",
        AnyService,
        RateKind,
        service => Limit.Of(service.Admission.Rate),
        "how often somebody may come in; burst is how often at once, and as many as in the unit where it is not said").Or(Limit<Rate>.None);

    public static readonly Key<Service, Limit<Rate>> RatePerSource = new Key<Service, Limit<Rate>>(
        "rate_per_source",
        AnyService,
        RateKind,
        service => service.Admission.Says("rate_per_source") ? Limit.Of(service.Admission.RatePerSource) : null,
        "how often one source may come in; for datagrams to a built-in \"200/s burst 1000\" where nothing is said, "
        + "which loopback is exempt from")
        .Or(Limit<Rate>.None);

    public static readonly Key<Service, Limit<Rate>> BytesPerSource = new Key<Service, Limit<Rate>>(
        "bytes_per_source",
        Scope.Handler | Scope.Defaults,
        ByteRateKind,
        service => service.Admission.Says("bytes_per_source") ? Limit.Of(service.Admission.BytesPerSource) : null,
        "how many bytes of answers the datagrams of one source get; where nothing is said it holds for built-ins, and loopback is exempt")
        .Or(new Limit<Rate>(new Rate(256 * 1024, TimeSpan.FromSeconds(1), 256 * 1024)));

    public static readonly Key<Service, AtLimit> AtLimit = new Key<Service, AtLimit>(
        "at_limit",
        AnyService,
        new WordKind<AtLimit>(("defer", Config.AtLimit.Defer), ("refuse", Config.AtLimit.Refuse)),
        service => service.Admission.AtLimit,
        "what becomes of clients while the service is full: they wait in the backlog, or are accepted and closed")
        .Or(Config.AtLimit.Defer);

    public static readonly Key<Service, string> BannerRefused = new Key<Service, string>(
        "banner_refused",
        AnyService,
        new LineKind(MostBannerBytes),
        service => service.Admission.BannerRefused ?? "",
        "a line that is sent before a refused connection is closed; empty: none").Or("");

    public static readonly Key<Service, Limit<TimeSpan>> IdleTimeout = new Key<Service, Limit<TimeSpan>>(
        "idle_timeout",
        AnyService,
        TimeKind,
        service => Limit.Of(service.Admission.IdleTimeout),
        "how long a connection may carry nothing in either direction before it is ended; for a built-in \"10m\" where nothing is said")
        .Or(Limit<TimeSpan>.None);

    public static readonly Key<Service, Limit<TimeSpan>> FirstByteTimeout = new Key<Service, Limit<TimeSpan>>(
        "first_byte_timeout",
        Scope.Handler | Scope.Defaults,
        TimeKind,
        service => Limit.Of(service.Admission.FirstByteTimeout),
        "how long a client of a handler may take to send its first byte").Or(Limit<TimeSpan>.None);

    public static readonly Key<Service, Limit<TimeSpan>> MaxDuration = new Key<Service, Limit<TimeSpan>>(
        "max_duration",
        AnyService,
        TimeKind,
        service => Limit.Of(service.Admission.MaxDuration),
        "how long a connection or a child may last before it is ended").Or(Limit<TimeSpan>.None);

    public static readonly IReadOnlyList<Key<Service>> All =
    [
        Allow, Deny, Times, TimeZone, MaxConnections, MaxPerSource, MaxPerNetwork, SourcePrefix, Rate, RatePerSource, BytesPerSource,
        AtLimit, BannerRefused, IdleTimeout,
        FirstByteTimeout, MaxDuration,
    ];
}
