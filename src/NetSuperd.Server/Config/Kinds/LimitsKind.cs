using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// A table of resource limits, setrlimit(2). <c>nofile</c> is always in the value: the runtime raises the daemon's own soft limit to the
/// hard one, and a child that uses select(2) does not survive numbers above 1023.
/// </summary>
internal sealed class LimitsKind : Kind<ImmutableArray<ResourceLimit>>
{
    /// <summary>The limits of a service that names none.</summary>
    public static readonly ImmutableArray<ResourceLimit> Default = [new ResourceLimit("nofile", 1024, Hard: null)];

    public override string Text => "a table of limits such as { nofile = \"1024:4096\", cpu = \"10s\", as = \"512MiB\", core = 0 }";

    public override JsonObject Schema => JsonType.Table(Resource.All.Select(resource => (resource.Name, resource.Schema)));

    public override bool TryRead(Node node, string key, Reading reading, out ImmutableArray<ResourceLimit> value)
    {
        value = Default;
        if (node is not TableNode table)
        {
            Mistyped(node, key, reading);
            return false;
        }

        var limits = new SortedDictionary<string, ResourceLimit>(StringComparer.Ordinal) { ["nofile"] = Default[0] };
        var sound = true;
        foreach (var entry in table.Entries)
        {
            if (Resource.All.FirstOrDefault(known => known.Name == entry.Key) is not { } resource)
            {
                reading.Problems.Error(entry.KeyAt, UnknownKey.Message(entry, key, Resource.All.Select(known => known.Name)));
                sound = false;
                continue;
            }

            var limit = Limit(entry.Value, resource);
            if (limit is null || limit.Soft > limit.Hard)
            {
                reading.Problems.Error(entry.Value.At, limit is null
                    ? $"'{key}.{entry.Key}' must be {resource.Text}"
                    : $"'{key}.{entry.Key}': the soft limit must not be above the hard limit");
                sound = false;
                continue;
            }

            limits[resource.Name] = limit;
        }

        value = [.. limits.Values];
        return sound;
    }

    public override string Format(ImmutableArray<ResourceLimit> value) => TomlWriter.Table(value
        .Where(limit => limit.Hard is not null)
        .Select(limit => (limit.Name, Format(limit, Resource.All.First(resource => resource.Name == limit.Name)))));

    private static ResourceLimit? Limit(Node node, Resource resource)
    {
        var text = node switch
        {
            ScalarNode { Value: long number } => number.ToString(CultureInfo.InvariantCulture),
            ScalarNode { Value: string written } => written,
            _ => "",
        };
        var halves = text.Split(':');
        return halves.Length <= 2 && resource.TryParse(halves[0], out var soft) && resource.TryParse(halves[^1], out var hard)
            ? new ResourceLimit(resource.Name, soft, hard)
            : null;
    }

    private static string Format(ResourceLimit limit, Resource resource)
    {
        var (soft, hard) = (resource.Format(limit.Soft), resource.Format(limit.Hard!.Value));
        return soft != hard ? TomlWriter.Text($"{soft}:{hard}")
            : resource.Unit == ResourceUnit.Count && limit.Soft <= long.MaxValue ? soft
            : TomlWriter.Text(soft);
    }
}
