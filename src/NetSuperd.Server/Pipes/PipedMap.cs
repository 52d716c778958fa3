using NetSuperd.Server.Config;

namespace NetSuperd.Server.Pipes;

/// <summary>The children with pipes of one map.</summary>
/// <param name="map">The map.</param>
/// <param name="processes">The children.</param>
internal sealed class PipedMap(Map map, PipedProcesses processes) : NoProcesses
{
    private readonly Dictionary<Service, PipedService> _services = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public override void Prepare()
    {
        foreach (var service in map.Services.Where(service => service is { Enabled: true, Program: not null, Unavailable: null }))
        {
            _services[service] = processes.ServiceOf(service);
        }
    }

    /// <inheritdoc/>
    public override Task RetireAsync(Configuration next) => Task.WhenAll(_services.Values.Select(service =>
    {
        service.Use.Leave();
        return service.Use.Unused;
    }));

    /// <inheritdoc/>
    public override IDestination? DestinationOf(Service service, string socketName, Stages stages) =>
        _services.TryGetValue(service, out var children) ? new PipedDestination(children, processes, stages) : null;
}
