using System.Net;
using System.Net.Sockets;
using NetSuperd.Linux.Sessions;
using NetSuperd.Linux.Spawn;
using NetSuperd.Linux.Workers;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux;

/// <summary>The children, servers and workers of one map.</summary>
/// <param name="map">The map.</param>
/// <param name="spawner">Starts the children.</param>
/// <param name="sessions">What the sessions of all services have in common.</param>
/// <param name="helper">The path of netsuperd-exec.</param>
/// <param name="before">Those of the map in force; null: there is none.</param>
internal sealed class MapProcesses(Map map, Spawner spawner, SessionSet sessions, string helper, MapProcesses? before) : IMapProcesses
{
    private readonly Dictionary<Service, ChildService> _children = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, ChildService> _childrenByName = [];
    private readonly Dictionary<Service, WorkerService> _workers = new(ReferenceEqualityComparer.Instance);
    private MapProcesses? _before = before;

    /// <summary>The worker of a service; null: none.</summary>
    public WorkerService? WorkerOf(Service service) => _workers.GetValueOrDefault(service);

    /// <summary>The worker of a service by its name; null: none.</summary>
    public WorkerService? WorkerNamed(string service) => _workers.Values.FirstOrDefault(worker => worker.Use.Name == service);

    /// <summary>Notes the worker of a service.</summary>
    public void Use(Service service, WorkerService worker) => _workers[service] = worker;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ConfigProblem>> StartHandlersAsync()
    {
        var problems = await Task.WhenAll(_workers.Select(pair => StartAsync(pair.Key, pair.Value))).ConfigureAwait(false);
        return [.. problems.OfType<ConfigProblem>()];
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        foreach (var service in map.Services.Where(service => service is { Enabled: true, Program: not null, Unavailable: null }))
        {
            _children[service] = _childrenByName[service.Name] = spawner.Prepare(service, helper, BeforeOf(service));
        }
    }

    /// <inheritdoc/>
    public void BringIntoForce()
    {
        foreach (var (service, child) in _children)
        {
            spawner.Add(child, BeforeOf(service));
        }

        // Otherwise every earlier map would stay in memory.
        _before = null;
    }

    /// <inheritdoc/>
    public Task RetireAsync(Configuration next)
    {
        var kept = ((MapProcesses)next.Processes)._workers;
        return Task.WhenAll([
            .. _children.Values.Select(Spawner.RetireAsync),
            .. _workers.Values.Where(worker => !kept.ContainsValue(worker)).Select(RetireAsync),
        ]);
    }

    /// <inheritdoc/>
    public IDestination? DestinationOf(Service service, string socketName, Stages stages)
    {
        var worker = WorkerOf(service);
        return service.Program is not null ? new ChildDestination(service, socketName, _children[service], worker, spawner, stages.Tally)
            : worker is not null ? new WorkerDestination(worker, service.Admission)
            : null;
    }

    /// <inheritdoc/>
    public IDatagramWorker? DatagramsOf(Service service, EndPoint bound) =>
        WorkerOf(service) is { } worker ? new WorkerDatagrams(worker, bound) : null;

    /// <inheritdoc/>
    public IDatagramReceiver SessionsOf(
        SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve, DatagramGates datagrams,
        Stages stages) =>
        new SessionPath(place, socket, loop, _workers[place.Port.Service], listener, reserve, datagrams, sessions, stages);

    /// <inheritdoc/>
    public IChildStart SharedChild(Service service, Lease lease, Stages stages) =>
        new WaitStart(_children[service], lease, spawner, stages);

    /// <inheritdoc/>
    public IChildStart Server(Service service, ServerRecord server, Stages stages) =>
        new ServerStart(_children[service], server, spawner, stages);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _workers.Values.Where(worker => _before?._workers.ContainsValue(worker) != true))
        {
            worker.Worker.Remove(worker);
        }

        foreach (var (service, child) in _children.Where(pair => pair.Value.Log != BeforeOf(pair.Key)?.Log))
        {
            child.Log?.Dispose();
        }
    }

    private static async Task<ConfigProblem?> StartAsync(Service service, WorkerService worker) =>
        await worker.StartAsync().ConfigureAwait(false) is [var problem, ..]
            ? Configuration.NotStarted(service, problem.At, problem.Message)
            : null;

    private async Task RetireAsync(WorkerService worker)
    {
        worker.Use.Leave();

        // Clients of encrypted children use those on their way to the worker.
        await (_childrenByName.GetValueOrDefault(worker.Use.Name)?.Use.Unused ?? Task.CompletedTask).ConfigureAwait(false);
        await worker.Use.Unused.ConfigureAwait(false);
        worker.Worker.Remove(worker);
    }

    private ChildService? BeforeOf(Service service) => _before?._childrenByName.GetValueOrDefault(service.Name);
}
