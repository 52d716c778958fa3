using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Serve;

/// <summary>A daemon with the services that answer inside it.</summary>
public sealed class StreamDaemon : IAsyncLifetime
{
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync("""
        [ports]
        %echo% = "echo"
        %custom% = "custom"
        %discard% = "discard"
        """);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;
}
