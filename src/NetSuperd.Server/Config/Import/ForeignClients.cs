using System.Net;

namespace NetSuperd.Server.Config.Import;

/// <summary>Whether a rule matches a client, as far as the address tells.</summary>
internal enum Certainty
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>That depends on the name of the client, or on something else that is not looked up.</summary>
    Maybe,

    /// <summary>It does.</summary>
    Yes,
}

/// <summary>The clients of a rule: networks, others that only may be meant, and the clients behind EXCEPT.</summary>
internal sealed class ForeignClients
{
    private readonly HashSet<IPNetwork> _certain = [];
    private readonly HashSet<IPNetwork> _doubtful = [];
    private int[]? _lengths;

    /// <summary>The networks that are meant.</summary>
    public IEnumerable<IPNetwork> Certain => _certain;

    /// <summary>The networks of which only a part may be meant.</summary>
    public IEnumerable<IPNetwork> Doubtful => _doubtful;

    /// <summary>The clients behind EXCEPT; null: there are none.</summary>
    public ForeignClients? Except { get; set; }

    /// <summary>What the rule loses in a map, and where that stands.</summary>
    public List<(Word Pattern, string Loss)> Losses { get; } = [];

    /// <summary>The networks of these clients.</summary>
    public IEnumerable<IPNetwork> Own => _certain.Concat(_doubtful);

    /// <summary>These, and those behind EXCEPT.</summary>
    public IEnumerable<IPNetwork> All => Except is null ? Own : Own.Concat(Except.All);

    /// <summary>Adds networks.</summary>
    public void Add(IEnumerable<IPNetwork> networks, bool isCertain = true)
    {
        (isCertain ? _certain : _doubtful).UnionWith(networks);
        _lengths = null;
    }

    /// <summary>Adds a pattern that does not tell which addresses it means.</summary>
    public void AddDoubtful(Word pattern, string loss, IEnumerable<IPNetwork>? within = null)
    {
        Add(within ?? ForeignAccess.Everyone, isCertain: false);
        Losses.Add((pattern, loss));
    }

    /// <summary>Whether the addresses of a network are among them, as far as they are in none of its parts.</summary>
    public Certainty Match(IPNetwork network)
    {
        _lengths ??= [.. Own.Select(one => one.PrefixLength).Distinct().OrderDescending()];
        var around = ForeignAccess.Containing(network, _lengths).ToList();
        var own = around.Exists(_certain.Contains) ? Certainty.Yes : around.Exists(_doubtful.Contains) ? Certainty.Maybe : Certainty.No;
        return own == Certainty.No || Except is null ? own : Except.Match(network) switch
        {
            Certainty.Yes => Certainty.No,
            Certainty.Maybe => Certainty.Maybe,
            _ => own,
        };
    }
}
