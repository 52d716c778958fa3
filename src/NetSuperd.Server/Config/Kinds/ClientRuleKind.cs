using System.Net;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An entry of <c>clients</c>.</summary>
internal sealed class ClientRuleKind : TableKind<ClientRule>
{
    private const string From = "from", Env = "env", Exec = "exec";

    private static readonly PeersKind FromKind = new(orEveryone: false);
    private static readonly VariablesKind EnvKind = new();
    private static readonly ExecKind ExecKind = new();

    public override string Text => "{ from = \"10.0.0.0/8\", env = { RELAYCLIENT = \"\" } }";

    public override JsonObject Schema => JsonType.Table(
    [
        (From, JsonType.Either(JsonType.Of("string"), FromKind.Schema)), (Env, EnvKind.Schema), (Exec, ExecKind.Schema),
    ]);

    protected override IReadOnlyList<string> Members => [From, Env, Exec];

    public override bool TryRead(Node node, string key, Reading reading, out ClientRule value)
    {
        value = new ClientRule(node.At);
        if (node is not TableNode table)
        {
            reading.Problems.Error(node.At, $"an entry of '{key}' is a table such as {Text}, not {node.Noun}");
            return false;
        }

        var sound = TryReadMembers(table, key, reading, ref value);
        if (table.Find(From) is null)
        {
            reading.Problems.Error(node.At, $"an entry of '{key}' needs from = \"PEER\", the clients that it is for");
            return false;
        }

        if (table.Find(Env) is null && table.Find(Exec) is null)
        {
            reading.Problems.Error(node.At, $"an entry of '{key}' needs env or exec, which its clients get");
            return false;
        }

        return sound;
    }

    /// <summary>An entry in the tree of a map.</summary>
    public static TableNode NodeOf(IEnumerable<IPNetwork> from, IReadOnlyDictionary<string, string> env, Position at)
    {
        var variables = new TableNode(at, TableOrigin.Inline);
        foreach (var (name, value) in env)
        {
            variables.Add(new Entry(name, at, new ScalarNode(value, at)));
        }

        var entry = new TableNode(at, TableOrigin.Inline);
        var peers = from.Select(network => PeerNotation.Spell(network.BaseAddress, network.PrefixLength));
        entry.Add(new Entry(From, at, new ArrayNode([.. peers.Select(peer => new ScalarNode(peer, at))], OfTables: false, at)));
        entry.Add(new Entry(Env, at, variables));
        return entry;
    }

    public override string Format(ClientRule value)
    {
        var members = new List<(string, string)> { (From, TomlWriter.Array(value.From.Select(peer => TomlWriter.Text(peer.Text)))) };
        if (!value.Env.IsEmpty)
        {
            members.Add((Env, EnvKind.Format(value.Env)));
        }

        if (value.Exec is not [])
        {
            members.Add((Exec, ExecKind.Format(value.Exec)));
        }

        return TomlWriter.Table(members);
    }

    protected override bool TryReadMember(string member, Node node, string key, Reading reading, ref ClientRule value)
    {
        switch (member)
        {
            case From when FromKind.TryRead(node is ScalarNode { Value: string } ? new ArrayNode([node], OfTables: false, node.At) : node,
                key, reading, out var peers):
                if (peers.Rules is not { IsEmpty: false } from)
                {
                    reading.Problems.Error(node.At, $"'{key}' names no client");
                    return false;
                }

                value = value with { From = from };
                return true;
            case Env when EnvKind.TryRead(node, key, reading, out var variables):
                value = value with { Env = variables };
                return true;
            case Exec when ExecKind.TryRead(node, key, reading, out var exec):
                value = value with { Exec = exec, ExecAt = Kinds.ExecKind.PathAt(node) };
                return true;
            default:
                return false;
        }
    }
}
