using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>A daemon with services of every kind behind tcpmux.</summary>
public sealed class TcpmuxDaemon : IAsyncLifetime
{
    /// <summary>What tcpmux answers where it does not serve.</summary>
    public const string NotAvailable = "-Service not available\r\n";

    private const string Map = """
        [ports]
        "%mux%"   = "tcpmux"
        "%hasty%" = "hasty"
        "%alone%" = "alone"

        [services.tcpmux]
        handler  = "tcpmux"
        settings = { services = ["echo", "+upper", "+id", "+closed", "+one"] }

        [services.hasty]
        handler  = "tcpmux"
        settings = { services = ["echo"], timeout = "1s" }

        [services.echo]
        handler = "echo"

        [services.upper]
        exec = ["/usr/bin/tr", "a-z", "A-Z"]

        [services.id]
        exec = ["/usr/bin/id", "-un"]
        user = "nobody"

        [services.closed]
        handler        = "daytime"
        deny           = ["127.0.0.0/8"]
        banner_refused = "this line is for clients of its own port"

        [services.one]
        handler         = "echo"
        max_connections = 1
        at_limit        = "defer"

        [services.alone]
        handler = "daytime"
        """;

    private Daemon? _daemon;

    /// <summary>The daemon.</summary>
    public Daemon Daemon => _daemon!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(Map);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;

    /// <summary>Sends to tcpmux, and receives what comes back.</summary>
    public async Task<string> AskAsync(string sent)
    {
        using var client = await Daemon.ConnectAsync("mux");
        return await client.ExchangeAsync(sent);
    }
}
