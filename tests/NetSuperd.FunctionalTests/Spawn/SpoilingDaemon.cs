using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// A daemon with a service for each way in which a child of <c>wait = true</c> can leave its socket. The child is of the user nobody where
/// the daemon is root's, and each service has the number of its place in these lists.
/// </summary>
public sealed class SpoilingDaemon : IAsyncLifetime
{
    /// <summary>The ways, which the child does one after another, by the address of a TCP socket.</summary>
    public static readonly (string Address, string Ways)[] Listeners =
    [
        ("127.0.0.1", "shutdown"), ("127.0.0.1", "shutdown connect"), ("127.0.0.1", "nonblock"), ("127.0.0.1", "backlog"),
        ("127.0.0.1", "device"), ("127.0.0.1", "filter"), ("127.0.0.1", "filter lock"), ("127.0.0.1", "peek"), ("127.0.0.1", "ttl"),
        ("127.0.0.1", "buffers timeouts linger"), ("127.0.0.1", "reuse"), ("127.0.0.1", "clamp"), ("127.0.0.1", "segment defer"),
        ("127.0.0.1", "process filter lock"), ("127.0.0.1", "spoiler"), ("127.0.0.1", "mute"), ("127.0.0.1", "md5"),
        ("::1", "shutdown connect"), ("::1", "hops"), ("::1", "filter lock"),
    ];

    /// <summary>The ways by the address of a UDP socket; 127.0.0.2 is denied.</summary>
    public static readonly (string Address, string Ways)[] Datagrams =
    [
        ("127.0.0.1", "connect"), ("127.0.0.1", "connect shutdown"), ("127.0.0.1", "nonblock"), ("127.0.0.1", "device"),
        ("127.0.0.1", "filter"), ("127.0.0.1", "filter lock"), ("127.0.0.1", "peek"), ("127.0.0.1", "peek nonblock"), ("127.0.0.1", "ttl"),
        ("127.0.0.1", "buffers timeouts"), ("127.0.0.1", "reuse"), ("127.0.0.1", "encap cork"), ("127.0.0.1", "errors"),
        ("127.0.0.1", "mute"), ("127.0.0.1", "more"), ("127.0.0.1", "group"),
        ("::1", "mute"), ("::1", "connect"), ("::1", "hops peek"),
    ];

    /// <summary>The ways by the type of a unix socket.</summary>
    public static readonly (string Type, string Ways)[] UnixListeners =
    [
        ("stream", "shutdown"), ("stream", "filter lock"), ("stream", "backlog nonblock timeouts"),
        ("seqpacket", "shutdown"), ("seqpacket", "peek buffers"),
    ];

    /// <summary>The daemon.</summary>
    public Daemon Daemon { get; private set; } = null!;

    internal SpoilProgram Program { get; } = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await Program.CompileAsync();
        var listeners = Listeners.Select((one, i) => ($"\"{Bracketed(one.Address)}:%t{i}%\" = \"t{i}\"", $"t{i}", one.Ways, ""));
        var datagrams = Datagrams.Select(
            (one, i) => ($"\"{Bracketed(one.Address)}:%u{i}%/udp\" = \"u{i}\"", $"u{i}", one.Ways, "deny = [\"127.0.0.2\"]"));
        var unix = UnixListeners.Select((one, i) => (
            $"\"%dir%/{i}.sock\" = {{ service = \"x{i}\", type = \"{one.Type}\", mode = \"0640\" }}", $"x{i}", one.Ways, ""));
        var all = listeners.Concat(datagrams).Concat(unix).ToList();
        Daemon = await Daemon.StartAsync($"""
            [ports]
            {string.Join('\n', all.Select(one => one.Item1))}
            {string.Join('\n', all.Select(one => Program.Service(one.Item2, one.Ways, one.Item4)))}
            """);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        Program.Dispose();
    }

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
