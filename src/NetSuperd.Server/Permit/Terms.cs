using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>What a map says of who may come in to a service, made ready to judge by.</summary>
/// <param name="Admission">What it says.</param>
/// <param name="Rules">Its <c>allow</c> and <c>deny</c>.</param>
/// <param name="Pace">Its <c>rate</c>.</param>
/// <param name="SourcePace">Its <c>rate_per_source</c>.</param>
/// <param name="Refuses">Whether who comes at a limit is refused; otherwise he waits.</param>
internal sealed record Terms(Admission Admission, PeerRules Rules, Pace? Pace, Pace? SourcePace, bool Refuses)
{
    /// <summary>The terms of a service.</summary>
    public static Terms Of(Service service, PeerRules rules, TimeProvider time) => new(
        service.Admission,
        rules,
        service.Admission.Rate is { } rate ? Permit.Pace.Of(rate, time) : null,
        service.Admission.RatePerSource is { } rateOfSource ? Permit.Pace.Of(rateOfSource, time) : null,
        service.Admission.AtLimit == AtLimit.Refuse && service.Program is not { Wait: true });

    /// <summary>Whether the map says that a network may have any number of connections.</summary>
    public bool NetworksAreUnlimited { get; } = Admission.Says("max_per_network") && Admission.MaxPerNetwork is null;

    /// <summary>How many connections to the service a network may have.</summary>
    public NetworkLimit PerNetwork { get; } =
        new(Admission.MaxPerNetwork, Admission.Says("max_per_source") ? Admission.MaxPerSource ?? 0 : 0);

    /// <summary>
    /// How many connections of the daemon a network may have with one more to this service: <c>max_per_network</c> is the service's own.
    /// </summary>
    public NetworkLimit PerNetworkOfDaemon => PerNetwork with { Said = null };

    /// <summary>Whether somebody may come in now.</summary>
    public bool IsOpen(TimeProvider time) => Admission.Times.IsEmpty || IsOpen(time.GetUtcNow());

    /// <summary>Whether somebody may come in at this time.</summary>
    public bool IsOpen(DateTimeOffset now) => Admission.Times.IsEmpty
        || TimeZoneInfo.ConvertTime(now, Admission.TimeZone).DateTime is var clock && Admission.Times.Any(window => window.Holds(clock));

    /// <summary>The live connections that the source of a peer may have; null: without limit.</summary>
    public int? MostOf(in Peer peer) => peer.IsLocal && !Admission.CountsLocalPeers ? null : Admission.MaxPerSource;
}
