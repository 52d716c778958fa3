using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// <c>allow</c> and <c>deny</c> as the filter of a datagram socket that children read themselves: so they hold for every datagram, and not
/// only for the one that starts a child.
/// </summary>
internal static class SenderRules
{
    /// <summary>The filter; null where every sender is admitted.</summary>
    public static SocketFilter? FilterOf(Admission admission)
    {
        // Deny comes first: it wins where both have the same entry.
        var networks = admission.Deny.Select(rule => (rule.Network, Judgement: new Judgement(Admits: false)))
            .Concat((admission.Allow ?? []).Select(rule => (rule.Network, Judgement: new Judgement(Admits: true))))
            .Where(entry => entry.Network is not null)
            .Select(entry => (entry.Network!.Value, entry.Judgement)).ToList();
        var admitsOthers = admission.Allow is null;
        return networks.Count == 0 && admitsOthers
            ? null
            : SenderFilter.Make(Ranges(AddressFamily.InterNetwork), Ranges(AddressFamily.InterNetworkV6), admitsOthers);

        IEnumerable<(UInt128, bool)> Ranges(AddressFamily family) => new AddressTable<Judgement>(family, networks).Ranges
            .Select(range => (range.Start, range.Value?.Admits ?? admitsOthers));
    }

    private sealed record Judgement(bool Admits);
}
