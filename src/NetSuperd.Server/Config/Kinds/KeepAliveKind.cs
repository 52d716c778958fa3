using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>Probes of idle connections: on, off, or a table of their times; an absent time is the system's.</summary>
internal sealed class KeepAliveKind : TableKind<KeepAlive>
{
    private const string Idle = "idle";
    private const string Interval = "interval";
    private const string Probes = "probes";

    // MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and MAX_TCP_KEEPCNT of include/net/tcp.h in the kernel.
    private static readonly DurationKind TimeKind =
        new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(32_767), step: TimeSpan.FromSeconds(1));

    private static readonly IntegerKind ProbesKind = new(1, 127);

    public override string Text => "true, false or a table such as { idle = \"1m\", interval = \"10s\", probes = 3 }";

    public override JsonObject Schema => JsonType.Either(
        JsonType.Of("boolean"),
        JsonType.Table([(Idle, TimeKind.Schema), (Interval, TimeKind.Schema), (Probes, ProbesKind.Schema)]));

    protected override IReadOnlyList<string> Members => [Idle, Interval, Probes];

    public override bool TryRead(Node node, string key, Reading reading, out KeepAlive value)
    {
        value = new KeepAlive(node is not ScalarNode { Value: false });
        if (node is ScalarNode { Value: bool })
        {
            return true;
        }

        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        return TryReadMembers(table, key, reading, ref value);
    }

    public override string Format(KeepAlive value)
    {
        var times = new List<(string, string)>();
        if (value.Idle is { } idle)
        {
            times.Add((Idle, TimeKind.Format(idle)));
        }

        if (value.Interval is { } interval)
        {
            times.Add((Interval, TimeKind.Format(interval)));
        }

        if (value.Probes is { } probes)
        {
            times.Add((Probes, ProbesKind.Format(probes)));
        }

        return times.Count > 0 ? TomlWriter.Table(times) : TomlWriter.Value(value.IsOn);
    }

    protected override bool TryReadMember(string member, Node node, string key, Reading reading, ref KeepAlive value)
    {
        switch (member)
        {
            case Idle when TimeKind.TryRead(node, key, reading, out var time):
                value = value with { Idle = time };
                return true;
            case Interval when TimeKind.TryRead(node, key, reading, out var time):
                value = value with { Interval = time };
                return true;
            case Probes when ProbesKind.TryRead(node, key, reading, out var count):
                value = value with { Probes = count };
                return true;
            default:
                return false;
        }
    }
}
