using System.Collections.Immutable;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>Which clients a service admits, when, how many and how often, and how long a connection may last.</summary>
public sealed record Admission
{
    /// <summary>The clients that are admitted; null: every client. Empty: none.</summary>
    public ImmutableArray<PeerRule>? Allow { get; init; }

    /// <summary>
    /// The clients that are not admitted; default: none. The most specific of both lists wins, and this one where both are.
    /// </summary>
    public ImmutableArray<PeerRule> Deny { get; init; } = [];

    /// <summary>When clients are admitted; empty: always.</summary>
    public ImmutableArray<TimeWindow> Times { get; init; } = [];

    /// <summary>Where the clock of <see cref="Times"/> is; default: the daemon's own time zone.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;

    /// <summary>Live connections or children of the service; default 1000; null: without limit.</summary>
    public int? MaxConnections { get; init; } = 1000;

    /// <summary>Live connections or children for one source; default 100; null: without limit.</summary>
    public int? MaxPerSource { get; init; } = 100;

    /// <summary>
    /// Whether the service itself names <see cref="MaxPerSource"/>: the number holds then for loopback and unix peers as well, which are
    /// exempt from a default.
    /// </summary>
    public bool CountsLocalPeers { get; init; }

    /// <summary>
    /// Live connections or children for one network, an IPv4 /24, an IPv6 /48, a user of unix sockets or all loopback addresses, where the
    /// map says it; null there: without limit. Where the map says nothing, the half of the places of the service and of the daemon, but no
    /// less than a <see cref="MaxPerSource"/> that the map names.
    /// </summary>
    public int? MaxPerNetwork { get; init; }

    /// <summary>What one source is.</summary>
    public SourcePrefix SourcePrefix { get; init; } = SourcePrefix.Default;

    /// <summary>How often clients are admitted; null: without limit.</summary>
    public Rate? Rate { get; init; }

    /// <summary>How often one source may come in; null: without limit.</summary>
    public Rate? RatePerSource { get; init; }

    /// <summary>
    /// How many bytes of answers the datagrams of one source get; default 256 KiB a second for built-ins, of which loopback is exempt, and
    /// no limit for other handlers; null: without limit.
    /// </summary>
    public Rate? BytesPerSource { get; init; } = new(256 * 1024, TimeSpan.FromSeconds(1), 256 * 1024);

    /// <summary>What becomes of clients while a limit is reached that needs no look at them; default: they wait in the backlog.</summary>
    public AtLimit AtLimit { get; init; }

    /// <summary>A line that is sent before a refused connection is closed, without its end; null: none.</summary>
    public string? BannerRefused { get; init; }

    /// <summary>How long a connection may carry nothing in either direction; default 10 min for built-ins; null: without limit.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How long a client of a handler may take to send its first byte; null: without limit.</summary>
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>How long a connection or a child may last; null: without limit.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>
    /// How often one source may send a datagram to a built-in where <c>rate_per_source</c> stands nowhere; loopback is exempt then.
    /// </summary>
    public static Rate DatagramRatePerSource { get; } = new(200, TimeSpan.FromSeconds(1), 1000);

    /// <summary>How long a connection to a built-in may carry nothing where <c>idle_timeout</c> stands nowhere.</summary>
    public static TimeSpan BuiltinIdleTimeout { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Where the keys stand, in the service or in the defaults; those that stand nowhere are left out.</summary>
    public IReadOnlyDictionary<string, Position> Positions { get; init; } = new Dictionary<string, Position>();

    /// <summary>Whether a key stands in the service or in the defaults.</summary>
    internal bool Says(string key) => Positions.ContainsKey(key);

    /// <summary>The shortest of the three times; null where there is none.</summary>
    internal TimeSpan? ShortestTime => ((TimeSpan?[])[IdleTimeout, FirstByteTimeout, MaxDuration]).Min();

    /// <summary>The key of the time that is over for a connection; null while none is.</summary>
    /// <param name="age">How long it has lasted.</param>
    /// <param name="hasSent">Whether its client has sent anything; true where that is unknown.</param>
    /// <param name="idle">How long it has carried nothing; only asked for where it matters.</param>
    internal string? Over(TimeSpan age, bool hasSent, Func<TimeSpan> idle) =>
        age > MaxDuration ? "max_duration"
        : age > FirstByteTimeout && !hasSent ? "first_byte_timeout"
        : age > IdleTimeout && idle() > IdleTimeout ? "idle_timeout"
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
