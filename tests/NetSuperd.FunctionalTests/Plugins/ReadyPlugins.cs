[assembly: AssemblyFixture(typeof(NetSuperd.FunctionalTests.Plugins.BuiltPlugins))]

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Builds the plugins before the first class that loads them; all classes share the build, and run side by side.</summary>
public sealed class ReadyPlugins(BuiltPlugins plugins) : IAsyncLifetime
{
    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => await plugins.BuildAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
