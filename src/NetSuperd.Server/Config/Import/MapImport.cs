using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>The result of an import.</summary>
/// <param name="Findings">What has become of everything in the files, in their order.</param>
/// <param name="Problems">Why a file could not be read as what it is.</param>
/// <param name="FileMissing">Whether a file is missing or cannot be opened.</param>
/// <param name="Text">The map.</param>
/// <param name="DropIns">The same as a drop-in for each service, by the name of the service.</param>
/// <param name="Defaults">The table <c>[defaults]</c>, which belongs in the map itself; null: there is none.</param>
public sealed record ImportResult(
    ImmutableArray<Finding> Findings, ImmutableArray<ConfigProblem> Problems, bool FileMissing, string Text,
    ImmutableArray<(string Name, string Text)> DropIns, string? Defaults)
{
    /// <summary>Whether a service is enabled and has a socket: a map without one is not valid.</summary>
    public bool IsServed { get; init; }
}

/// <summary>Translates files of other superservers into a map that passes <c>check</c> on this system.</summary>
public static class MapImport
{
    /// <summary>
    /// Translates the files. Nothing is written; problems are in the result. A map in <paramref name="request"/> is the one that the
    /// drop-ins are for: its sockets and the names of its services stay its own.
    /// </summary>
    public static ImportResult Run(LoadRequest request, IEnumerable<ForeignPath> paths) =>
        Run(request, paths, request.Host.Process.Surroundings());

    internal static ImportResult Run(LoadRequest request, IEnumerable<ForeignPath> paths, Surroundings surroundings)
    {
        var taken = request.File is null ? [] : new MapReading(request, surroundings).Run().Map.Services.Select(service => service.Name);
        var (map, problems) = (new ImportedMap(request.Builtins, taken.ToHashSet()), new Problems());
        var files = new ForeignFiles(map, problems, new PathJudge(problems, request), request.Host.Files);
        new Importer(new Importing(map, files, problems, new NameCache(request.Host.Names), surroundings.Packages)).Run(paths);
        if (problems.ErrorCount == 0)
        {
            ImportCheck.Run(map, request, surroundings);
        }

        return new ImportResult(
            [.. map.Findings.OrderBy(finding => files.OrderOf(finding.At.Source)).ThenBy(finding => finding.At.Line)],
            problems.InOrder(),
            files.IsMissing,
            ImportedText.Of(map),
            [.. map.Services.Select(service => (service.Name, ImportedText.Of(service)))],
            map.Defaults is { } defaults ? ImportedText.OfDefaults(defaults) : null)
        {
            IsServed = map.Services.Any(service => service is { IsOff: false, Sockets.Count: > 0 }),
        };
    }
}
