using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Server.Permit;

/// <summary>The live connections of each network, and how many one may have of a number of connections.</summary>
/// <remarks>
/// A network may have half of the connections, an IPv6 /56 half of what its /48 may have, halves rounded up. While less than a quarter of
/// the connections are free, a network may have no more than are free: if two networks take all that they may have, a quarter is left for
/// the others, and if three do, an eighth. The first connection of a network only needs one to be free. A number of <c>max_per_network</c>
/// replaces all this; a <c>max_per_source</c> in the map is the least that a network may have (<see cref="NetworkLimit"/>). The table needs
/// no bound: there are no more networks than connections. Under the lock of its count.
/// </remarks>
internal sealed class NetworkTable
{
    private readonly Dictionary<Source, int> _narrow = [];
    private readonly Dictionary<Source, int> _wide = [];
    private Dictionary<Source, int> _narrowElsewhere = [];
    private Dictionary<Source, int> _wideElsewhere = [];

    /// <summary>Which peers can come at all: a ceiling that would shut out no other peer does not hold, unless the map says it.</summary>
    public Reach Reach { get; set; }

    /// <summary>Counts a connection.</summary>
    public void Enter(in Networks networks)
    {
        Add(_narrow, networks.Narrow, 1);
        Add(_wide, networks.Wide, 1);
    }

    /// <summary>A connection that was counted has ended.</summary>
    public void Leave(in Networks networks)
    {
        Add(_narrow, networks.Narrow, -1);
        Add(_wide, networks.Wide, -1);
    }

    /// <summary>Sets what another process has: the networks of each connection.</summary>
    public void SetElsewhere(IReadOnlyList<Networks> connections)
    {
        _narrowElsewhere = connections.Select(networks => networks.Narrow).OfType<Source>().CountBy(source => source).ToDictionary();
        _wideElsewhere = connections.Select(networks => networks.Wide).OfType<Source>().CountBy(source => source).ToDictionary();
    }

    /// <summary>The network in which one more connection is over the ceiling, the narrow one first; null: there is none.</summary>
    /// <param name="networks">Its networks.</param>
    /// <param name="limit">The limit of the map.</param>
    /// <param name="most">All connections; null: without limit.</param>
    /// <param name="free">The connections that are free when it has one.</param>
    public Source? Full(in Networks networks, NetworkLimit limit, int? most, int free) =>
        !Admits(
            networks.Narrow, Live(_narrow, _narrowElsewhere, networks.Narrow), NarrowCeiling(networks.Narrow, limit, most, free), limit)
            ? networks.Narrow
        : !Admits(networks.Wide, Live(_wide, _wideElsewhere, networks.Wide), limit.Ceiling(most, free), limit) ? networks.Wide
        : null;

    /// <summary>The usage of the peer's network that is nearest to its ceiling, and the ceiling; null where there is none.</summary>
    public (int Live, int Most)? Use(in Networks networks, NetworkLimit limit, int? most, int free)
    {
        var wide = Bounds(networks.Wide, limit) && limit.Ceiling(most, free) is { } ofWide
            ? ((int, int)?)(Live(_wide, _wideElsewhere, networks.Wide), ofWide) : null;
        var narrow = Bounds(networks.Narrow, limit) && NarrowCeiling(networks.Narrow, limit, most, free) is { } ofNarrow
            ? ((int, int)?)(Live(_narrow, _narrowElsewhere, networks.Narrow), ofNarrow) : null;
        return wide is not var (live, top) ? narrow
            : narrow is var (liveOfNarrow, topOfNarrow) && topOfNarrow - liveOfNarrow < top - live ? narrow
            : wide;
    }

    /// <summary>The usage of the busiest network, and its ceiling; null where there is none.</summary>
    public (int Live, int Most)? Use(NetworkLimit limit, int? most, int free) => limit.Ceiling(most, free) is { } ceiling
        ? (Math.Max(MostLive(_wide, _wideElsewhere, limit), MostLive(_narrow, _narrowElsewhere, limit)), ceiling)
        : null;

    private static int? NarrowCeiling(Source? network, NetworkLimit limit, int? most, int free) =>
        network?.Family == AddressFamily.InterNetworkV6 ? limit.OfNarrow(most, free) : limit.Ceiling(most, free);

    private static int Live(Dictionary<Source, int> here, Dictionary<Source, int> elsewhere, Source? network) =>
        network is { } known ? here.GetValueOrDefault(known) + elsewhere.GetValueOrDefault(known) : 0;

    private static void Add(Dictionary<Source, int> live, Source? network, int count)
    {
        if (network is { } known && (CollectionsMarshal.GetValueRefOrAddDefault(live, known, out _) += count) == 0)
        {
            live.Remove(known);
        }
    }

    private bool Admits(Source? network, int live, int? ceiling, NetworkLimit limit) =>
        live == 0 || !(live >= ceiling) || !Bounds(network, limit);

    private bool Bounds(Source? network, NetworkLimit limit) => network is { } known && (limit.Said is not null || Reach.Bounds(known));

    private int MostLive(Dictionary<Source, int> here, Dictionary<Source, int> elsewhere, NetworkLimit limit) =>
        here.Keys.Concat(elsewhere.Keys)
            .Where(network => Bounds(network, limit))
            .Select(network => Live(here, elsewhere, network))
            .DefaultIfEmpty()
            .Max();
}
