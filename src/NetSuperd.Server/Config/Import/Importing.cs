using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Import;

/// <summary>What the translators of all formats need.</summary>
/// <param name="Map">Receives the services and the findings.</param>
/// <param name="Files">Reads files.</param>
/// <param name="Problems">Receives the files that cannot be read as what they are.</param>
/// <param name="Names">Names of the system.</param>
/// <param name="Packages">The packages of Debian on this system, <see cref="Surroundings.Packages"/>.</param>
internal sealed record Importing(ImportedMap Map, ForeignFiles Files, Problems Problems, NameCache Names, string? Packages)
{
    /// <summary>The folder of hosts.allow and hosts.deny; null: the files may be of another system, whose rules are beside them.</summary>
    public string? HostsAccess { get; init; }
}
