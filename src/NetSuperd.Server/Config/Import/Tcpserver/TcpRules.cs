using System.Globalization;
using System.Net;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>
/// The rules of tcprules(1): for a client the rule of its address decides, then that of its name, then those of the beginnings of its
/// address from the longest, then the one without an address. Without any the client is let in.
/// </summary>
internal sealed class TcpRules(ImportedMap map, SourceText source)
{
    private readonly Dictionary<IPNetwork, (bool Allows, Position At)> _decisions = [];
    private readonly List<(IReadOnlyList<IPNetwork> Networks, Dictionary<string, string> Variables, Position At)> _allowing = [];
    private Position? _refusedName;

    /// <summary>Sets the clients of a service, and the variables that every client gets.</summary>
    public void Set(ImportedService service)
    {
        for (var line = 1; line <= source.LineCount; line++)
        {
            Read(line);
        }

        if (ForeignAccess.Everyone.Any(network => !_decisions.ContainsKey(network)))
        {
            Take(ForeignAccess.Everyone, allows: true, service.At, []);
        }

        if (_refusedName is { } refused)
        {
            // Any client may have that name, and only a rule of its whole address comes before it.
            foreach (var network in _decisions.Keys.Where(one => one.PrefixLength < ForeignAccess.BitsOf(one.BaseAddress)).ToList())
            {
                _decisions[network] = (false, refused);
            }
        }

        ForeignAccess.Set(map, service, _decisions, "its rules");
        SetVariables(service);
    }

    private void Read(int line)
    {
        var text = source.Line(line);
        if (text.Length == 0 || text[0] == '#' || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        var colon = Colon(text);
        if (colon < 0)
        {
            map.Lost(
                new Position(source, line, 1),
                $"'{text}' is no rule 'address:allow' or 'address:deny': tcprules refused the file; the line is left out here");
            return;
        }

        var allows = text.AsSpan(colon + 1).StartsWith("allow");
        Add(Word.Of(source, line, 0, colon), allows, allows ? Variables(text, colon) : []);
    }

    // An address of IPv6 has colons of its own.
    private static int Colon(string text)
    {
        var allow = text.IndexOf(":allow", StringComparison.Ordinal);
        var deny = text.IndexOf(":deny", StringComparison.Ordinal);
        return allow < 0 || (deny >= 0 && deny < allow) ? deny : allow;
    }

    private void Add(Word address, bool allows, Dictionary<string, string> variables)
    {
        var text = address.Text;
        var at = text.LastIndexOf('@');
        if (at >= 0 || text.StartsWith('='))
        {
            AddName(address, allows, at);
        }
        else if (text.Length == 0)
        {
            Take(ForeignAccess.Everyone, allows, address.At, variables);
        }
        else if (text == "0.0.0.0")
        {
            map.Lost(address.At, "no client has the address 0.0.0.0, so the rule matches none: ':allow' or ':deny' is about everyone");
        }
        else if (Networks(text) is { Count: > 0 } networks)
        {
            Take(networks, allows, address.At, variables);
        }
        else
        {
            AddOdd(address, allows);
        }
    }

    private void AddName(Word address, bool allows, int at)
    {
        map.Lost(
            address.At,
            $"'{address.Text}' asks for the name or the user of the client, which is not looked up: "
            + (allows ? "the rule lets none of them in, so write their addresses" : "more clients are refused, until you write their "
            + "addresses"));
        if (allows)
        {
            return;
        }

        // user@address comes before the rule of the address itself.
        if (at >= 0 && Networks(address.Text[(at + 1)..]) is { Count: > 0 } networks)
        {
            networks.ForEach(network => _decisions[network] = (false, address.At));
        }
        else
        {
            _refusedName ??= address.At;
        }
    }

    /// <summary>What tcprules takes for an address that no client has.</summary>
    private void AddOdd(Word address, bool allows)
    {
        var slash = address.Text.Split('/');
        var meant = PeerNotation.TryParse(slash[0], out var parsed)
            && slash is [_, var bits] && ForeignAccess.Length(bits, parsed) is { } length
                ? ForeignAccess.Network(parsed, length)
                : (IPNetwork?)null;
        map.Lost(
            address.At,
            $"'{address.Text}' is no address and no beginning of one such as '127.', so tcpserver matched no client with it"
            + (meant is null ? "" : allows ? $": write {meant} if that is meant" : $": {meant} is refused now"));
        if (!allows && meant is { } network)
        {
            Take([network], allows, address.At, []);
        }
    }

    private void Take(IEnumerable<IPNetwork> networks, bool allows, Position at, Dictionary<string, string> variables)
    {
        List<IPNetwork> taken = [.. networks.Where(network => _decisions.TryAdd(network, (allows, at)))];
        if (allows && taken.Count > 0)
        {
            _allowing.Add((taken, variables, at));
        }
    }

    /// <summary>The networks of <c>10.1.2.3</c>, <c>10.1.</c> and <c>10.1.2.37-53</c>; none: it is none of them.</summary>
    private static List<IPNetwork> Networks(string text)
    {
        if (PeerNotation.TryParse(text, out var address))
        {
            return [ForeignAccess.Network(address, ForeignAccess.BitsOf(address))];
        }

        var isPrefix = text.EndsWith('.');
        var parts = (isPrefix ? text[..^1] : text).Split('.');
        if (parts.Length > 4 || (parts.Length == 4) == isPrefix)
        {
            return [];
        }

        var range = parts[^1].Split('-');
        return Number(range[0]) is { } low && Number(range[^1]) is { } high && range.Length <= 2
            ? [.. Enumerable.Range(low, Math.Max(0, high - low + 1))
                .Select(number => Network([.. parts[..^1], $"{number}"])).OfType<IPNetwork>()]
            : [];
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= byte.MaxValue ? number : null;

    private static IPNetwork? Network(string[] parts) =>
        PeerNotation.TryParse(string.Join('.', parts.Concat(Enumerable.Repeat("0", 4 - parts.Length))), out var address)
            ? ForeignAccess.Network(address, parts.Length * 8)
            : null;

    // address:allow,NAME="value",NAME=/value/ with any character around the value.
    private static Dictionary<string, string> Variables(string text, int colon)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = text.IndexOf(',', colon); at >= 0 && at + 1 < text.Length;)
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0 || equals + 1 == text.Length)
            {
                break;
            }

            var close = text.IndexOf(text[equals + 1], equals + 2);
            close = close < 0 ? text.Length : close;
            variables[text[(at + 1)..equals]] = text[Math.Min(equals + 2, close)..close];
            at = text.IndexOf(',', Math.Min(close, text.Length - 1));
        }

        return variables;
    }

    /// <summary>A client gets only the variables of its rule: those of every rule go into env, the others into clients.</summary>
    private void SetVariables(ImportedService service)
    {
        var common = _allowing.Count == 0 ? [] : _allowing[0].Variables
            .Where(variable => _allowing.TrueForAll(rule => rule.Variables.GetValueOrDefault(variable.Key) == variable.Value))
            .ToDictionary();
        foreach (var (name, value) in common)
        {
            service.Set(ServiceKeys.Env, name, value, _allowing[0].At);
        }

        // The first entry that has a client decides, and here the longest beginning of its address does.
        var (entries, around) = (new List<Node>(), new List<IPNetwork>());
        foreach (var (networks, variables, at) in _allowing.OrderBy(rule => rule.Networks[0].PrefixLength))
        {
            var own = variables.Where(variable => !common.ContainsKey(variable.Key)).ToDictionary();
            if (own.Count > 0 || networks.Any(network => around.Exists(other => other.Contains(network.BaseAddress))))
            {
                around.AddRange(networks);
                entries.Insert(0, ClientRuleKind.NodeOf(networks, own, at));
            }
        }

        if (entries.Count > 0)
        {
            service.Set(ServiceKeys.Clients, new ArrayNode(entries, OfTables: false, entries[0].At), entries[0].At);
        }
    }
}
