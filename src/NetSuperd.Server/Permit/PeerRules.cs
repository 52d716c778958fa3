using System.Collections.Immutable;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>
/// <c>allow</c> and <c>deny</c> of a service. The most specific entry wins: the longest prefix; for unix peers a user before a group, for
/// those of vsock(7) a context before every one. Where both lists have the same entry, deny wins; where neither matches, every peer is
/// admitted unless there is an allow list.
/// </summary>
internal sealed class PeerRules
{
    private readonly AddressTable<Entry> _ip4;
    private readonly AddressTable<Entry> _ip6;
    private readonly Dictionary<uint, Entry> _users = [];
    private readonly Dictionary<uint, Entry> _groups = [];
    private readonly Dictionary<uint, Entry> _cids = [];
    private readonly Entry? _everyCid;
    private readonly bool _admitsOthers;

    /// <param name="allow">The peers that are admitted; null: every peer.</param>
    /// <param name="deny">The peers that are not admitted.</param>
    public PeerRules(ImmutableArray<PeerRule>? allow, ImmutableArray<PeerRule> deny)
    {
        _admitsOthers = allow is null;

        // Deny comes first: it wins where both have the same entry.
        var entries = deny.Select(rule => new Entry(rule, Admits: false))
            .Concat((allow ?? []).Select(rule => new Entry(rule, Admits: true))).ToList();
        var networks = entries.Where(entry => entry.Rule.Network is not null).Select(entry => (entry.Rule.Network!.Value, entry)).ToList();
        _ip4 = new AddressTable<Entry>(AddressFamily.InterNetwork, networks);
        _ip6 = new AddressTable<Entry>(AddressFamily.InterNetworkV6, networks);
        _everyCid = entries.Find(entry => entry.Rule is { IsVsock: true, Cid: null });
        foreach (var entry in entries)
        {
            if (entry.Rule.UserId is { } user)
            {
                _users.TryAdd(user, entry);
            }
            else if (entry.Rule.GroupId is { } group)
            {
                _groups.TryAdd(group, entry);
            }
            else if (entry.Rule.Cid is { } cid)
            {
                _cids.TryAdd(cid, entry);
            }
        }
    }

    /// <summary>Whether a rule needs the groups of a unix peer.</summary>
    public bool AskForGroups => _groups.Count > 0;

    /// <summary>Whether a peer is admitted, and the entry that decides; null where no entry matches.</summary>
    public (bool Admits, PeerRule? Rule) Judge(in Peer peer)
    {
        var entry = peer.Family switch
        {
            AddressFamily.InterNetwork => _ip4.Find(peer.Address),
            AddressFamily.InterNetworkV6 => _ip6.Find(peer.Address),
            AddressFamily.Unix => FindUnix(peer),
            Families.Vsock => _cids.GetValueOrDefault((uint)peer.Address) ?? _everyCid,
            _ => throw Families.Unknown(peer.Family),
        };
        return entry is null ? (_admitsOthers, null) : (entry.Admits, entry.Rule);
    }

    private Entry? FindUnix(in Peer peer)
    {
        if (peer.UserId is not { } user)
        {
            // An unidentified peer may be any denied one.
            return _users.Values.Concat(_groups.Values).FirstOrDefault(entry => !entry.Admits);
        }

        if (_users.TryGetValue(user, out var own))
        {
            return own;
        }

        if (_groups.Count == 0)
        {
            return null;
        }

        if (peer.GroupIds.IsDefault)
        {
            return _groups.Values.FirstOrDefault(entry => !entry.Admits);
        }

        Entry? found = null;
        foreach (var group in peer.GroupIds)
        {
            if (_groups.TryGetValue(group, out var entry) && (found is null || !entry.Admits))
            {
                found = entry;
            }
        }

        return found;
    }

    private sealed record Entry(PeerRule Rule, bool Admits);
}
