using System.Collections.Immutable;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>The entries of <c>clients</c>: the first one that has a client decides what that gets.</summary>
internal sealed class ClientRules(ImmutableArray<ClientRule> rules)
{
    private readonly PeerRules[] _rules = [.. rules.Select(rule => new PeerRules(allow: rule.From, deny: []))];

    /// <summary>Whether an entry needs the groups of a unix peer.</summary>
    public bool AskForGroups => _rules.Any(rule => rule.AskForGroups);

    /// <summary>The index of the entry that has a client; null: none has.</summary>
    public int? Find(Peer peer)
    {
        var index = Array.FindIndex(_rules, rule => rule.Judge(peer).Admits);
        return index < 0 ? null : index;
    }
}
