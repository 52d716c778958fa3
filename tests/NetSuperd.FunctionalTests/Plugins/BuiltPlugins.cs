using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>The plugins of <c>fixtures/plugins</c> and of the documentation, built once for all tests that load them.</summary>
public sealed class BuiltPlugins : IDisposable
{
    private static readonly string[] Fixed = ["trouble", "words", "heavy", "modern", "web"];

    private readonly Scratch _scratch = new();
    private readonly Lazy<Task> _build;

    /// <summary>Builds nothing yet: most classes need no plugin.</summary>
    public BuiltPlugins() => _build = new Lazy<Task>(PublishAsync);

    /// <summary>The folder of plugins, for <c>daemon.plugins</c>.</summary>
    public string Folder { get; private set; } = "";

    internal IReadOnlyList<ShownPlugin> Shown { get; private set; } = [];

    /// <summary>Builds them, at the first call.</summary>
    public Task BuildAsync() => _build.Value;

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    /// <summary>Starts a daemon with handlers of the plugins, each on a port of its name without the hyphens.</summary>
    public Task<Daemon> StartAsync(DaemonSetup setup, string drain, string log, params string[] handlers) => Daemon.StartAsync(
        $"""
        [ports]
        %echo% = "echo"
        {string.Join('\n', handlers.Select(handler => $"%{handler.Replace("-", "", StringComparison.Ordinal)}% = \"{handler}\""))}
        [daemon]
        plugins = "{Folder}"
        drain = "{drain}"
        [log]
        {log}
        """, setup);

    /// <inheritdoc cref="StartAsync(DaemonSetup, string, string, string[])"/>
    public Task<Daemon> StartAsync(params string[] handlers) => StartAsync(new DaemonSetup(), "2s", "format = \"json\"", handlers);

    private async Task PublishAsync()
    {
        var sources = Path.Combine(Fixtures.Folder, "plugins");
        foreach (var file in Fixed.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(sources, folder))))
        {
            _scratch.Write(Path.GetRelativePath(sources, file), await File.ReadAllTextAsync(file));
        }

        var sample = Path.Combine(BuiltTree.Repository, "src/plugins/Site/SiteHandler.cs");
        _scratch.Write("web/SiteHandler.cs", await File.ReadAllTextAsync(sample));
        Shown = await ShownPlugin.ReadAsync();
        foreach (var shown in Shown)
        {
            _scratch.Write($"{shown.Assembly}/Handler.cs", shown.Code);
            _scratch.Write($"{shown.Assembly}/{shown.Assembly}.csproj", shown.Project);
        }

        // Workers of other users read their plugins here.
        File.SetUnixFileMode(_scratch.Folder, (UnixFileMode)0b111_101_101);
        Folder = await PluginBuild.PublishAsync(
            _scratch, [.. Fixed.Concat(Shown.Select(shown => shown.Assembly)).Select(name => $"{name}/{name}.csproj")]);
    }
}
