using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Permit;

/// <summary>The admission rules of a service, prepared for judging.</summary>
/// <param name="Admission">The rules.</param>
/// <param name="Rules">Its <c>allow</c> and <c>deny</c>.</param>
/// <param name="Pace">Its <c>rate</c>.</param>
/// <param name="Refuses">Whether clients at a limit are refused instead of waiting.</param>
internal sealed record Terms(Admission Admission, PeerRules Rules, Pace? Pace, bool Refuses)
{
    private static readonly IReadOnlySet<int> NoPorts = new HashSet<int>();

    /// <summary>The <c>rate_per_source</c> in force; null: without limit.</summary>
    public Rate? RatePerSource { get; private init; }

    /// <inheritdoc cref="RatePerSource"/>
    public Pace? SourcePace { get; private init; }

    /// <summary>The <c>bytes_per_source</c> in force; null: without limit.</summary>
    public Pace? Budget { get; private init; }

    /// <summary>Whether the service has connections: a service whose sockets all bring datagrams to a handler has none.</summary>
    public bool HasConnections { get; init; } = true;

    /// <summary>Whether they are for the datagrams that a handler serves.</summary>
    public bool IsOfDatagrams { get; private init; }

    /// <summary>The ports on which this daemon receives datagrams.</summary>
    public IReadOnlySet<int> OwnPorts { get; private init; } = NoPorts;

    /// <summary>Whether a built-in answers the datagrams; only a plugin knows which clients it answers.</summary>
    public bool IsBuiltin { get; private init; }

    /// <summary>Whether the map sets no limit for a network.</summary>
    public bool NetworksAreUnlimited { get; } = Admission.Has(AdmissionKeys.MaxPerNetwork) && Admission.MaxPerNetwork is null;

    /// <summary>How many connections to the service a network may have.</summary>
    public NetworkLimit PerNetwork { get; } =
        new(Admission.MaxPerNetwork, Admission.Has(AdmissionKeys.MaxPerSource) ? Admission.MaxPerSource ?? 0 : 0);

    /// <summary>
    /// How many connections of the daemon a network may have with one more to this service: <c>max_per_network</c> is the service's own.
    /// </summary>
    public NetworkLimit PerNetworkOfDaemon => PerNetwork with { Said = null };

    private bool SparesLocalPace { get; init; }

    private bool SparesLocalBudget { get; init; }

    /// <summary>The terms for the connections of a service.</summary>
    public static Terms Of(Service service, PeerRules rules, TimeProvider time) => new(
        service.Admission,
        rules,
        service.Admission.Rate is { } rate ? Permit.Pace.Of(rate, time) : null,
        service.Admission.AtLimit == AtLimit.Refuse && service.Kind != ServiceKind.Wait)
    {
        RatePerSource = service.Admission.RatePerSource,
        SourcePace = service.Admission.RatePerSource is { } rateOfSource ? Permit.Pace.Of(rateOfSource, time) : null,
    };

    /// <summary>The terms for the datagrams of the service, which a handler serves and none of which waits.</summary>
    /// <param name="ownPorts">The ports on which this daemon takes datagrams.</param>
    /// <param name="isBuiltin">Whether the handler is a built-in.</param>
    /// <param name="time">The clock.</param>
    public Terms OfDatagrams(IReadOnlySet<int> ownPorts, bool isBuiltin, TimeProvider time)
    {
        var (says, saysBytes) = (Admission.Has(AdmissionKeys.RatePerSource), Admission.Has(AdmissionKeys.BytesPerSource));
        var rate = says || !isBuiltin ? RatePerSource : AdmissionKeys.DatagramRatePerSource;
        return this with
        {
            Refuses = true,
            IsOfDatagrams = true,
            RatePerSource = rate,
            SourcePace = rate is null ? null : Permit.Pace.Of(rate, time),
            SparesLocalPace = !says,
            Budget = (saysBytes || isBuiltin) && Admission.BytesPerSource is { } budget ? Permit.Pace.Of(budget, time) : null,
            SparesLocalBudget = !saysBytes,
            OwnPorts = ownPorts,
            IsBuiltin = isBuiltin,
        };
    }

    /// <summary>Whether clients are admitted now.</summary>
    public bool IsOpen(TimeProvider time) => Admission.Times.IsEmpty || IsOpen(time.GetUtcNow());

    /// <summary>Whether clients are admitted at this time.</summary>
    public bool IsOpen(DateTimeOffset now) => Admission.Times.IsEmpty
        || TimeZoneInfo.ConvertTime(now, Admission.TimeZone).DateTime is var clock && Admission.Times.Any(window => window.Holds(clock));

    /// <summary>The live connections that the source of a peer may have; null: without limit.</summary>
    public int? MostOf(in Peer peer) => peer.IsLocal && !Admission.CountsLocalPeers ? null : Admission.MaxPerSource;

    /// <summary>How often the source of a peer is admitted; null: without limit.</summary>
    public Pace? PaceOf(in Peer peer) => peer.IsLocal && SparesLocalPace ? null : SourcePace;

    /// <summary>How many bytes of answers the source of a peer gets; null: without limit.</summary>
    public Pace? BudgetOf(in Peer peer) => peer.IsLocal && SparesLocalBudget ? null : Budget;
}
