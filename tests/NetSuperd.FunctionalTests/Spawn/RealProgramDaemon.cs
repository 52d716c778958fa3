using System.Text.Json;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A daemon with every <see cref="RealProgram"/> as a service.</summary>
public sealed class RealProgramDaemon : IAsyncLifetime
{
    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // A JSON array of ASCII strings is one of TOML too.
        var ports = RealProgram.Installed.Select((program, number) => $"%p{number}% = \"{program.Service}\"");
        var services = RealProgram.Installed.Select(program => $"[services.{program.Service}]\n"
            + $"exec = {JsonSerializer.Serialize(program.Exec)}");
        _daemon = await Daemon.StartAsync($"[ports]\n{string.Join('\n', ports)}\n{string.Join('\n', services)}");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;
}
