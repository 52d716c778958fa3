using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>The key <c>import</c> of a map: files of other programs that are translated at every load.</summary>
/// <param name="reading">The map.</param>
/// <param name="judge">Judges the files.</param>
/// <param name="request">What is loaded.</param>
/// <param name="surroundings">The facts about the system.</param>
internal sealed class LiveImports(Reading reading, PathJudge judge, LoadRequest request, Surroundings surroundings)
{
    /// <summary>The kind of the value.</summary>
    public static readonly StringsKind Kind = new(
        "an array of strings such as [\"inetd:/etc/inetd.conf\", \"xinetd:/etc/xinetd.d/*\"]",
        ["inetd:/etc/inetd.conf", "xinetd:/etc/xinetd.d/*"]);

    /// <summary>The table that the files are together; what they lose is a warning.</summary>
    /// <param name="node">The value of the key.</param>
    /// <param name="others">The tables of the map and its drop-ins.</param>
    public TableNode Read(Node node, IEnumerable<TableNode> others)
    {
        _ = Kind.TryRead(node, MapKeys.Import, reading, out _);
        var items = node is ArrayNode array ? array.Items : [];
        var map = new ImportedMap(request.Builtins, others.SelectMany(NamesIn).ToHashSet());
        var files = new ForeignFiles(map, reading.Problems, judge, request.Host.Files);
        var importing = new Importing(map, files, reading.Problems, reading.Names, surroundings.Packages)
        {
            HostsAccess = surroundings.HostsAccess,
        };
        new Importer(importing).Run(items.OfType<ScalarNode>().Where(item => item.Value is string).Select(Entry).OfType<ForeignPath>());
        ImportCheck.Run(map, request with { File = null, Ports = [], SkipsUnavailable = true }, surroundings);
        foreach (var finding in map.Findings.Where(finding => finding.Outcome == Outcome.Lost))
        {
            reading.Problems.Warning(finding.At, finding.Message);
        }

        // A disabled service has nothing to say here, and its name is free for the map.
        foreach (var service in map.Services.Where(service => service.IsOff).ToList())
        {
            map.Remove(service);
        }

        if (map.Defaults is { } defaults)
        {
            reading.Problems.Warning(
                defaults.At, "rules about all programs belong in [defaults], which an import does not set: 'netsuperd import' prints them");
        }

        return map.ToTable(node.At);
    }

    /// <summary>The services that a file defines, or names in its ports.</summary>
    private static IEnumerable<string> NamesIn(TableNode file)
    {
        var ports = (file.Find(MapKeys.Ports)?.Value as TableNode)?.Entries ?? [];
        var services = (file.Find(MapKeys.Services)?.Value as TableNode)?.Entries ?? [];
        return services.Select(entry => entry.Key).Concat(ports
            .Select(entry => entry.Value is TableNode table ? table.Find(PortKeys.Service.Name)?.Value : entry.Value)
            .OfType<ScalarNode>().Select(scalar => scalar.Value).OfType<string>());
    }

    private ForeignPath? Entry(ScalarNode item)
    {
        var text = (string)item.Value;
        var colon = text.IndexOf(':');
        var format = colon < 0 ? null : ForeignFormats.Named(text[..colon]);
        if (format is null || colon + 1 == text.Length || text.Contains('\0', StringComparison.Ordinal))
        {
            reading.Problems.Error(
                item.At, $"an import is a format and a path such as \"inetd:/etc/inetd.conf\"; the formats are {ForeignFormats.AllWords}");
            return null;
        }

        return new ForeignPath(format, Path.GetFullPath(text[(colon + 1)..], reading.Folder));
    }
}
