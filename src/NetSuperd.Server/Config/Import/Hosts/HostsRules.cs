using System.Net;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>
/// The rules that hold for a program. The first one of hosts.allow that matches decides, then the first one of hosts.deny; where none
/// matches, the client is let in.
/// </summary>
internal sealed class HostsRules
{
    private readonly List<(HostsRule Rule, Certainty Certainty)> _rules = [];
    private readonly Dictionary<IPNetwork, List<int>> _naming = [];

    /// <summary>Takes the rules that may be about the program, in their order.</summary>
    public HostsRules(IEnumerable<(HostsRule Rule, Certainty Certainty)> rules)
    {
        foreach (var rule in rules)
        {
            foreach (var network in rule.Rule.Clients.Own)
            {
                Naming(network).Add(_rules.Count);
            }

            _rules.Add(rule);
        }
    }

    /// <summary>What becomes of the clients of each network.</summary>
    /// <param name="otherwise">Where the decision about everyone stands.</param>
    public Dictionary<IPNetwork, (bool Allows, Position At)> Decide(Position otherwise)
    {
        var networks = ForeignAccess.Everyone.Concat(_rules.SelectMany(rule => rule.Rule.Clients.All)).Distinct().ToList();
        int[] lengths = [.. _naming.Keys.Select(network => network.PrefixLength).Distinct().OrderDescending()];
        return networks.ToDictionary(network => network, network => Decide(network, lengths, otherwise));
    }

    private (bool Allows, Position At) Decide(IPNetwork network, int[] lengths, Position otherwise)
    {
        // Only a rule that names a network around this one can match.
        var candidates = ForeignAccess.Containing(network, lengths)
            .SelectMany(around => _naming.GetValueOrDefault(around) ?? []).Distinct().Order();
        foreach (var number in candidates)
        {
            var (rule, certainty) = _rules[number];
            var match = rule.Clients.Match(network);
            match = match < certainty ? match : certainty;

            // On doubt the client is refused: a rule that may let it in does not, and one that may refuse it does.
            if (match == Certainty.Yes || (match == Certainty.Maybe && !rule.Allows))
            {
                return (rule.Allows, rule.At);
            }
        }

        return (true, otherwise);
    }

    private List<int> Naming(IPNetwork network)
    {
        if (!_naming.TryGetValue(network, out var rules))
        {
            rules = [];
            _naming[network] = rules;
        }

        return rules;
    }
}
