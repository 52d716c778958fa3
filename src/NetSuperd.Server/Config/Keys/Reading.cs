using System.Collections.Immutable;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The context in which values are read.</summary>
/// <param name="Problems">Receives the problems.</param>
/// <param name="Folder">The absolute folder that relative paths are relative to.</param>
/// <param name="Names">Names of the system.</param>
internal sealed record Reading(Problems Problems, string Folder, NameCache Names)
{
    /// <summary>The keys, values and kinds of peers that the system never has, with the reasons, <see cref="Host.Absent"/>.</summary>
    public IReadOnlyDictionary<string, string> Absent { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether a service with something missing is just unavailable: <c>daemon.on_unavailable = "skip"</c>.</summary>
    public bool SkipsUnavailable { get; init; }

    /// <summary>Whether the values come from files of another program, which the map's own entries go before.</summary>
    public bool IsImported { get; init; }

    /// <summary>Whether the service is disabled: then nothing that it names needs to be there.</summary>
    public bool IsOff { get; init; }

    /// <summary>Reports a name of the map that the system does not have.</summary>
    /// <returns>Whether the map does without it; otherwise an error has been reported.</returns>
    public bool ReportMissing(Position at, string message)
    {
        if (IsOff)
        {
            return true;
        }

        Problems.Add(SkipsUnavailable
            ? new ConfigProblem(at, Severity.Warning, $"{message}; services that need it are skipped")
            : new ConfigProblem(at, Severity.Error, message));
        return SkipsUnavailable;
    }
}
