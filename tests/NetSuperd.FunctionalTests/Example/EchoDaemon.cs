using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>A daemon with echo on a free port.</summary>
public sealed class EchoDaemon : IAsyncLifetime
{
    private Daemon? _daemon;

    /// <summary>The port of echo.</summary>
    public int Port => _daemon!.Port("echo");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync("""
        [ports]
        %echo% = "echo"
        """);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;
}
