using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Keys;

/// <summary>What reading a value needs beside the value.</summary>
/// <param name="Problems">Where complaints go.</param>
/// <param name="Folder">The absolute folder that relative paths are relative to.</param>
/// <param name="Names">Names of the system.</param>
internal sealed record Reading(Problems Problems, string Folder, NameCache Names)
{
    /// <summary>Whether a service does without what is missing, by being unavailable: <c>daemon.on_unavailable = "skip"</c>.</summary>
    public bool SkipsUnavailable { get; init; }

    /// <summary>Reports that the system does not have what the map names.</summary>
    /// <returns>Whether the map does without it; an error has been reported otherwise.</returns>
    public bool DoesWithout(Position at, string message)
    {
        Problems.Add(SkipsUnavailable
            ? new ConfigProblem(at, Severity.Warning, $"{message}; services that need it are skipped")
            : new ConfigProblem(at, Severity.Error, message));
        return SkipsUnavailable;
    }
}
