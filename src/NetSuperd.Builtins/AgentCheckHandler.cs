using System.Globalization;
using System.Text;

namespace NetSuperd.Builtins;

/// <summary>
/// HAProxy's agent check (configuration manual, <c>agent-check</c>): one line for each connection, with what a load balancer may send to
/// this host, then the end; input is ignored.
/// </summary>
/// <remarks>
/// <para>
/// Where all services of <c>settings.services</c> serve, the line is <c>up ready N%</c>, and N the share of the places that are free in the
/// fullest of them. With <c>settings.load = true</c> N is no more than the share of the processors that the load average of the last minute
/// leaves idle. N is at least 1, since 0% would end persistent sessions too.
/// </para>
/// <para>
/// Otherwise the line is <c>drain</c> where the others are only paused, <c>stopped</c> where an operator or the map has switched them off,
/// and <c>down</c> in every other case, with their names and states as HAProxy's description.
/// </para>
/// </remarks>
[Handler(Name)]
public sealed class AgentCheckHandler : IStreamHandler
{
    /// <summary>Its name.</summary>
    internal const string Name = "agent-check";

    // HAProxy shows the description on its page and in its log, and reads no more than a buffer.
    private const int MostDescribed = 5;

    private readonly ShownServices _services;
    private readonly LoadAverage? _load;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">The list of services is empty, or has one twice, or there is no load average.</exception>
    public AgentCheckHandler(ServiceInfo info, IServerView view)
    {
        _services = new ShownServices(info.Settings, view);
        _load = !info.Settings.GetBoolean("load") ? null
            : LoadAverage.IsThere ? new LoadAverage()
            : throw new SettingsException("settings.load: this system has no load average; leave it out");
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping) =>
        await connection.SendAsync(Encoding.ASCII.GetBytes(Line(_services.Now()) + "\n"), stopping).ConfigureAwait(false);

    private string Line(IReadOnlyList<ServedService> services)
    {
        var absent = services.Where(service => service.State != ShownServices.Serving).ToList();
        if (absent.Count == 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"up ready {Weight(services)}%");
        }

        var word = absent.TrueForAll(service => service.State == "paused") ? "drain"
            : absent.TrueForAll(service => service.State is "paused" or "stopped" or "disabled") ? "stopped"
            : "down";
        var more = absent.Count > MostDescribed ? $", {absent.Count - MostDescribed} more" : "";
        return $"{word} #{string.Join(", ", absent.Take(MostDescribed).Select(service => $"{service.Name} {service.State}"))}{more}";
    }

    private int Weight(IReadOnlyList<ServedService> services)
    {
        var free = services.Select(service => service is { Places: > 0 and var places, Free: { } left } ? 100 * left / places : 100);
        return (int)Math.Clamp(Math.Min(free.Append(100).Min(), _load?.IdlePercent() ?? 100), 1, 100);
    }
}
