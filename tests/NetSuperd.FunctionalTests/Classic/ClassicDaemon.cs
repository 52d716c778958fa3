using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>A daemon with the classic services, each by streams and by datagrams on the port of its name.</summary>
public sealed class ClassicDaemon : IAsyncLifetime
{
    private static readonly string[] Names = ["echo", "discard", "chargen", "daytime", "time", "qotd", "systat", "netstat"];

    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(
        $"[ports]\n{string.Join('\n', Names.Select(name => $"%{name}% = \"{name}\"\n\"%{name}%/udp\" = \"{name}\""))}\n");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;
}
