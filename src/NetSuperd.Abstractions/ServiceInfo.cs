namespace NetSuperd;

/// <summary>What a handler learns of the service it was made for.</summary>
/// <param name="Name">The name of the service in the map.</param>
/// <param name="Settings">The table <c>[services.NAME.settings]</c>, empty where there is none.</param>
public sealed record ServiceInfo(string Name, Settings Settings)
{
    /// <summary>
    /// The full path of the plugin's folder, for the files that a plugin brings along; of a built-in handler the folder of the daemon.
    /// </summary>
    /// <remarks>
    /// Assemblies of plugins are loaded from bytes, so their <see cref="System.Reflection.Assembly.Location"/> is empty, and
    /// <see cref="AppContext.BaseDirectory"/> is the folder of the daemon. A file that changes there makes the next reload load the plugin
    /// anew: what a plugin writes belongs elsewhere.
    /// </remarks>
    public string Folder { get; init; } = AppContext.BaseDirectory;
}
