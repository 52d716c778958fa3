using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugin of <c>fixtures/plugins/trouble</c>, built once for all tests that load it.</summary>
public sealed class TroublePlugin : IAsyncLifetime
{
    private static readonly string[] Projects = ["trouble", "words"];

    private readonly Scratch _scratch = new();

    /// <summary>The folder of plugins, for <c>daemon.plugins</c>.</summary>
    public string Plugins { get; private set; } = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var sources = Path.Combine(Fixtures.Folder, "plugins");
        foreach (var file in Projects.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(sources, folder))))
        {
            _scratch.Write(Path.GetRelativePath(sources, file), await File.ReadAllTextAsync(file));
        }

        Plugins = await PluginBuild.PublishAsync(_scratch, _scratch["trouble/trouble.csproj"]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts a daemon with handlers of the plugin, each on a port of its name without the hyphens.</summary>
    public Task<Daemon> StartAsync(DaemonSetup setup, string drain, string log, params string[] handlers) => Daemon.StartAsync(
        $"""
        [ports]
        %echo% = "echo"
        {string.Join('\n', handlers.Select(handler => $"%{handler.Replace("-", "", StringComparison.Ordinal)}% = \"{handler}\""))}
        [daemon]
        plugins = "{Plugins}"
        drain = "{drain}"
        [log]
        {log}
        """, setup);

    /// <inheritdoc cref="StartAsync(DaemonSetup, string, string, string[])"/>
    public Task<Daemon> StartAsync(params string[] handlers) => StartAsync(new DaemonSetup(), "2s", "format = \"json\"", handlers);
}
