using System.Collections.Immutable;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>
/// Which clients a service admits, when, how many and how often, and how long a connection may last. The defaults are those of
/// <see cref="Keys.AdmissionKeys"/>.
/// </summary>
public sealed record Admission
{
    /// <summary>The clients that are admitted; null: every client. Empty: none.</summary>
    public required ImmutableArray<PeerRule>? Allow { get; init; }

    /// <summary>
    /// The clients that are not admitted. The most specific of both lists wins, and this one where both are.
    /// </summary>
    public required ImmutableArray<PeerRule> Deny { get; init; }

    /// <summary>When clients are admitted; empty: always.</summary>
    public required ImmutableArray<TimeWindow> Times { get; init; }

    /// <summary>The time zone of <see cref="Times"/>.</summary>
    public required TimeZoneInfo TimeZone { get; init; }

    /// <summary>Live connections or children of the service; null: without limit.</summary>
    public required int? MaxConnections { get; init; }

    /// <summary>Live connections or children for one source; null: without limit.</summary>
    public required int? MaxPerSource { get; init; }

    /// <summary>
    /// Whether the service itself names <see cref="MaxPerSource"/>: the number holds then for loopback and unix peers as well, which are
    /// exempt from a default.
    /// </summary>
    public required bool CountsLocalPeers { get; init; }

    /// <summary>
    /// Live connections or children for one network, an IPv4 /24, an IPv6 /48, a context of vsock(7), a user of unix sockets or all
    /// loopback addresses, where the map has the key; null: without limit. Without the key: half the connections of the service and of the
    /// daemon, but no less than a <see cref="MaxPerSource"/> that the map names.
    /// </summary>
    public required int? MaxPerNetwork { get; init; }

    /// <summary>The addresses that count as one source.</summary>
    public required SourcePrefix SourcePrefix { get; init; }

    /// <summary>How often clients are admitted; null: without limit.</summary>
    public required Rate? Rate { get; init; }

    /// <summary>How often clients of one source are admitted; null: without limit.</summary>
    public required Rate? RatePerSource { get; init; }

    /// <summary>
    /// How many bytes of answers the datagrams of one source get; null: without limit. A default holds for built-ins alone, and not for
    /// loopback.
    /// </summary>
    public required Rate? BytesPerSource { get; init; }

    /// <summary>What happens to clients while a limit is reached that does not depend on the client.</summary>
    public required AtLimit AtLimit { get; init; }

    /// <summary>A line that is sent before a refused connection is closed, without its end; null: none.</summary>
    public required string? BannerRefused { get; init; }

    /// <summary>How long a connection may be idle in both directions; null: without limit.</summary>
    public required TimeSpan? IdleTimeout { get; init; }

    /// <summary>How long a client of a handler may take to send its first byte; null: without limit.</summary>
    public required TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>How long a connection or a child may last; null: without limit.</summary>
    public required TimeSpan? MaxDuration { get; init; }

    /// <summary>The positions of the keys, in the service or in the defaults; absent keys are left out.</summary>
    public required IReadOnlyDictionary<string, Position> Positions { get; init; }

    /// <summary>Every client at any time, without a limit.</summary>
    internal static Admission Unlimited { get; } = new()
    {
        Allow = null,
        Deny = [],
        Times = [],
        TimeZone = TimeZoneInfo.Utc,
        MaxConnections = null,
        MaxPerSource = null,
        CountsLocalPeers = false,
        MaxPerNetwork = null,
        SourcePrefix = AdmissionKeys.SourcePrefix.Default!,
        Rate = null,
        RatePerSource = null,
        BytesPerSource = null,
        AtLimit = AtLimit.Defer,
        BannerRefused = null,
        IdleTimeout = null,
        FirstByteTimeout = null,
        MaxDuration = null,
        Positions = ImmutableDictionary<string, Position>.Empty,
    };

    /// <summary>Whether a key is present, in the service or in the defaults.</summary>
    internal bool Has(Key<Service> key) => Positions.ContainsKey(key.Name);

    /// <summary>Whether it has one of the three times.</summary>
    internal bool HasTimes => (IdleTimeout ?? FirstByteTimeout ?? MaxDuration) is not null;

    /// <summary>The shortest of the three times; null where there is none.</summary>
    internal TimeSpan? ShortestTime => ((TimeSpan?[])[IdleTimeout, FirstByteTimeout, MaxDuration]).Min();

    /// <summary>The key of the time limit that a connection has exceeded; null while it has exceeded none.</summary>
    /// <param name="age">How long it has lasted.</param>
    /// <param name="hasSent">Whether its client has sent anything; true where that is unknown.</param>
    /// <param name="idle">How long it has been idle; only evaluated where it matters.</param>
    internal string? ExceededTime(TimeSpan age, bool hasSent, Func<TimeSpan> idle) =>
        age > MaxDuration ? AdmissionKeys.MaxDuration.Name
        : age > FirstByteTimeout && !hasSent ? AdmissionKeys.FirstByteTimeout.Name
        : age > IdleTimeout && idle() > IdleTimeout ? AdmissionKeys.IdleTimeout.Name
        : null;
}

/// <summary>The words of <c>at_limit</c>.</summary>
public enum AtLimit
{
    /// <summary>Clients wait in the backlog.</summary>
    Defer,

    /// <summary>They are accepted and closed.</summary>
    Refuse,
}
