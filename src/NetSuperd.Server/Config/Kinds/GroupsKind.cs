using System.Text.Json.Nodes;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// Supplementary groups: a word, or a list of groups. Which groups <c>"init"</c> stands for depends on the user, and is looked up with it.
/// </summary>
internal sealed class GroupsKind(IdentityKind group) : Kind<ChildGroups>
{
    private const string Init = "init";
    private const string None = "none";

    public override string Text => "\"init\", \"none\" or an array of groups such as [\"adm\", 1000]";

    public override JsonObject Schema => JsonType.Either(JsonType.Words([Init, None]), JsonType.Array(group.Schema));

    public override bool TryRead(Node node, string key, Reading reading, out ChildGroups value)
    {
        value = new ChildGroups(GroupsChoice.Init, []);
        switch (node)
        {
            case ScalarNode { Value: Init }:
                return true;
            case ScalarNode { Value: None }:
                value = new ChildGroups(GroupsChoice.None, []);
                return true;
            case ScalarNode { Value: string word }:
                reading.Problems.Error(node.At, $"'{key}' must be {Text}{Suggestion.For(word, [Init, None])}");
                return false;
            case ArrayNode { OfTables: false } array when array.Items.Count <= SystemLimits.MostGroups:
                var (groups, unknown) = (new List<uint>(), new List<string>());
                foreach (var item in array.Items)
                {
                    if (!group.TryRead(item, key, reading, out var id))
                    {
                        continue;
                    }

                    if (id != NameCache.NoId)
                    {
                        groups.Add(id);
                    }
                    else
                    {
                        unknown.Add((string)((ScalarNode)item).Value);
                    }
                }

                value = new ChildGroups(GroupsChoice.Listed, [.. groups.Distinct()]) { Unknown = [.. unknown.Distinct()] };
                return groups.Count + unknown.Count == array.Items.Count;
            default:
                Mistyped(node, key, reading);
                return false;
        }
    }

    public override string Format(ChildGroups value) => value.Choice switch
    {
        GroupsChoice.Init => TomlWriter.Text(Init),
        GroupsChoice.None => TomlWriter.Text(None),
        _ => TomlWriter.Array([.. value.Ids.Select(group.Format), .. value.Unknown.Select(TomlWriter.Text)]),
    };
}
