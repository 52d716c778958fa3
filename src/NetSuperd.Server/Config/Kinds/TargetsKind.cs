using System.Collections.Immutable;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>The targets of a forward: one, or an array of them.</summary>
internal sealed class TargetsKind : Kind<ImmutableArray<ForwardTarget>>
{
    public override string Text => "a target such as \"10.0.0.5:80\" or \"/run/app.sock\", or an array of them";

    public override JsonObject Schema
    {
        get
        {
            var target = JsonType.Text("^[/@]|:[^:]+$", "10.0.0.5:80", "db.internal:5432", "[2001:db8::1]:443", "/run/app.sock");
            return JsonType.Either(target, JsonType.Array(target.DeepClone().AsObject()));
        }
    }

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<ForwardTarget> value)
    {
        value = [];
        if (node is not (ScalarNode { Value: string } or ArrayNode { OfTables: false }))
        {
            Mistyped(node, key, reading);
            return false;
        }

        var items = node is ArrayNode array ? array.Items : [node];
        if (items.Count == 0)
        {
            reading.Problems.Error(node.At, $"'{key}' has no target; an array has at least one");
            return false;
        }

        var targets = new List<ForwardTarget>();
        foreach (var item in items)
        {
            if (Complaint(item, key, reading, targets) is { } complaint)
            {
                reading.Problems.Error(item.At, complaint);
            }
        }

        value = [.. targets];
        return targets.Count == items.Count;
    }

    public override string Format(ImmutableArray<ForwardTarget> value) =>
        value is [var only] ? TomlWriter.Text(only.Text) : TomlWriter.Array(value.Select(target => TomlWriter.Text(target.Text)));

    /// <summary>Adds a target; or says what is wrong with it.</summary>
    private string? Complaint(Node item, string key, Reading reading, List<ForwardTarget> targets)
    {
        if (item is not ScalarNode { Value: string text })
        {
            return $"'{key}' must be {Text}; an item is {item.Noun}";
        }

        if (TargetNotation.Read(text, reading.Names, out var problem) is not { } target)
        {
            return $"'{key}': {problem}";
        }

        if (targets.Contains(target))
        {
            return $"'{key}' has the target {target} twice";
        }

        targets.Add(target);
        return null;
    }
}
