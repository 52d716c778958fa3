namespace NetSuperd;

/// <summary>Describes the service that a handler serves.</summary>
/// <param name="Name">The name of the service in the map.</param>
/// <param name="Settings">The table <c>[services.NAME.settings]</c>; empty if the map has none.</param>
public sealed record ServiceInfo(string Name, Settings Settings)
{
    /// <summary>
    /// The full path of the plugin's folder, for files that belong to the plugin; for a built-in handler the folder of the daemon.
    /// </summary>
    /// <remarks>
    /// Assemblies of plugins are loaded from bytes, so their <see cref="System.Reflection.Assembly.Location"/> is empty, and
    /// <see cref="AppContext.BaseDirectory"/> is the folder of the daemon. If a file in the plugin's folder changes, the next reload loads
    /// the plugin again, so a plugin should write its files elsewhere.
    /// </remarks>
    public string Folder { get; init; } = AppContext.BaseDirectory;
}
