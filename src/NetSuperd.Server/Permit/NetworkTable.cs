using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Server.Permit;

/// <summary>The live connections of each network, and how many one may have of a number of places.</summary>
/// <remarks>
/// A network may have half of the places, an IPv6 /56 half of what its /48 may have. While less than a quarter of the places is free, a network
/// may have no more than are free: two networks that take all they can leave a quarter to the others, three an eighth. The first connection of a
/// network needs a free place only. A number that the map says takes the place of all this.
/// It has no end of its own: there are no more networks than connections. Under the lock of its places.
/// </remarks>
internal sealed class NetworkTable
{
    private readonly Dictionary<Source, int> _narrow = [];
    private readonly Dictionary<Source, int> _wide = [];
    private Dictionary<Source, int> _narrowElsewhere = [];
    private Dictionary<Source, int> _wideElsewhere = [];

    /// <summary>Who can come at all: a ceiling that would shut out no other peer does not hold, unless the map says it.</summary>
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

    /// <summary>Whether one more connection stays below the ceilings of its networks.</summary>
    /// <param name="networks">Its networks.</param>
    /// <param name="said">What the map says; null: nothing.</param>
    /// <param name="most">All places; null: without limit.</param>
    /// <param name="free">The places that are free when it has one.</param>
    public bool Admits(in Networks networks, int? said, int? most, int free) =>
        Admits(networks.Wide, Live(_wide, _wideElsewhere, networks.Wide), Ceiling(said, most, free), said)
        && Admits(networks.Narrow, Live(_narrow, _narrowElsewhere, networks.Narrow), NarrowCeiling(networks.Narrow, said, most, free), said);

    /// <summary>What one network of a peer has that is nearest to its ceiling, and the ceiling; null where none holds.</summary>
    public (int Live, int Most)? Use(in Networks networks, int? said, int? most, int free)
    {
        var wide = Bounds(networks.Wide, said) && Ceiling(said, most, free) is { } ofWide
            ? ((int, int)?)(Live(_wide, _wideElsewhere, networks.Wide), ofWide) : null;
        var narrow = Bounds(networks.Narrow, said) && NarrowCeiling(networks.Narrow, said, most, free) is { } ofNarrow
            ? ((int, int)?)(Live(_narrow, _narrowElsewhere, networks.Narrow), ofNarrow) : null;
        return wide is not var (live, top) ? narrow
            : narrow is var (liveOfNarrow, topOfNarrow) && topOfNarrow - liveOfNarrow < top - live ? narrow
            : wide;
    }

    /// <summary>What the network has that has most, and the ceiling of a network; null where there is none.</summary>
    public (int Live, int Most)? Use(int? said, int? most, int free) => Ceiling(said, most, free) is { } ceiling
        ? (Math.Max(MostLive(_wide, _wideElsewhere, said), MostLive(_narrow, _narrowElsewhere, said)), ceiling)
        : null;

    private static int? Ceiling(int? said, int? most, int free) =>
        said ?? (most is { } all ? Math.Max(1, (long)free * 4 < all ? Math.Min(all / 2, free) : all / 2) : null);

    private static int? NarrowCeiling(Source? network, int? said, int? most, int free) =>
        network?.Family == AddressFamily.InterNetworkV6 && Ceiling(said, most, free) is { } ceiling
            ? (ceiling + 1) / 2
            : Ceiling(said, most, free);

    private static int Live(Dictionary<Source, int> here, Dictionary<Source, int> elsewhere, Source? network) =>
        network is { } known ? here.GetValueOrDefault(known) + elsewhere.GetValueOrDefault(known) : 0;

    private static void Add(Dictionary<Source, int> live, Source? network, int count)
    {
        if (network is { } known && (CollectionsMarshal.GetValueRefOrAddDefault(live, known, out _) += count) == 0)
        {
            live.Remove(known);
        }
    }

    private bool Admits(Source? network, int live, int? ceiling, int? said) => live == 0 || !(live >= ceiling) || !Bounds(network, said);

    private bool Bounds(Source? network, int? said) => network is { } known && (said is not null || Reach.Bounds(known));

    private int MostLive(Dictionary<Source, int> here, Dictionary<Source, int> elsewhere, int? said) =>
        here.Keys.Concat(elsewhere.Keys).Where(network => Bounds(network, said)).Select(network => Live(here, elsewhere, network)).DefaultIfEmpty().Max();
}
