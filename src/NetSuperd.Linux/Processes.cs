using NetSuperd.Linux.Sessions;
using NetSuperd.Linux.Spawn;
using NetSuperd.Linux.Workers;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux;

/// <summary>The children, servers and workers of a daemon.</summary>
/// <param name="spawner">Starts the children.</param>
/// <param name="workers">The workers.</param>
/// <param name="loop">The loop on which sessions continue whose socket is gone.</param>
/// <param name="helper">The path of netsuperd-exec.</param>
internal sealed class Processes(Spawner spawner, WorkerSet workers, EventLoop loop, string helper) : IProcesses
{
    private readonly SessionSet _sessions = new(loop);

    /// <inheritdoc/>
    public int Children => spawner.Children.Count();

    /// <inheritdoc/>
    public IMapProcesses Of(Configuration configuration, Configuration? before) =>
        new MapProcesses(configuration.Map, spawner, _sessions, helper, before?.Processes as MapProcesses);

    /// <inheritdoc/>
    public Task<LoadResult> CreateAsync(LoadResult loaded, Configuration configuration, Configuration? running) =>
        workers.CreateAsync(loaded, configuration, (MapProcesses)configuration.Processes, running?.Processes as MapProcesses);

    /// <inheritdoc/>
    public string? TroubleOf(Service service) =>
        service.Rights is { } rights && spawner.TroubleOf(rights) is { } trouble
            ? $"no {(service.Worker is null ? "child" : "worker")} can be started: {trouble}"
        : service.Worker is not null ? workers.TroubleOf(service.Name)
        : null;

    /// <inheritdoc/>
    public int? WorkerOf(string service) => workers.PidOf(service);

    /// <inheritdoc/>
    public (ConnectionStatus Status, TimeSpan? Idle)? StatusOf(long id) =>
        workers.Live.Find(id) is { } connection ? (connection.GetStatus(), connection.Idle) : null;

    /// <inheritdoc/>
    public TcpInfo? AskFor(ConnectionRecord record) =>
        record.Listed is var (local, peer, cookie) ? SocketDiagnosis.Ask(local, peer, cookie) : null;

    /// <inheritdoc/>
    public void Abort(ConnectionRecord record)
    {
        workers.Abort(record.Id);
        spawner.Ends.Abort(record);
    }

    /// <inheritdoc/>
    public void TimeOut() => spawner.Ends.TimeOut();

    /// <inheritdoc/>
    public void Check() => workers.Check();

    /// <inheritdoc/>
    public int Signal(string service, int signal, bool all) => spawner.Ends.Signal(service, signal, all);

    /// <inheritdoc/>
    public Task SettleAsync() => spawner.SettleAsync();

    /// <inheritdoc/>
    public Task EndConnectionsAsync(string service, TimeSpan drain) => spawner.Ends.EndConnectionsAsync(service, drain);

    /// <inheritdoc/>
    public Task FinishAsync() => spawner.FinishAsync();

    /// <inheritdoc/>
    public Task WhenEmptyAsync(bool withChildren) =>
        Task.WhenAll(workers.FinishAsync(), withChildren ? spawner.WhenEmptyAsync() : Task.CompletedTask);

    /// <inheritdoc/>
    public Task StopAsync(DaemonSection daemon, CancellationToken now) =>
        Task.WhenAll(workers.StopAsync(daemon.Drain, now), StopChildrenAsync(daemon, now));

    /// <inheritdoc/>
    public void KillAll() => spawner.Ends.KillAll();

    /// <inheritdoc/>
    public Task LingerAsync(TimeSpan longest, CancellationToken stop) => workers.LingerAsync(longest, stop);

    /// <inheritdoc/>
    public Task RetireAsync() => workers.RetireAsync();

    /// <inheritdoc/>
    public ISocketHandover Handover(ListenerSet sockets) => new SocketHandover(sockets, spawner);

    /// <inheritdoc/>
    public void Dispose() => spawner.Dispose();

    private Task StopChildrenAsync(DaemonSection daemon, CancellationToken now)
    {
        if (daemon.DrainChildren == DrainChildren.Leave)
        {
            return spawner.Ends.StopServersAsync(daemon.Drain, now);
        }

        // A handler that has a connection may still pass it to a service with children.
        spawner.QueueNoMore();
        return spawner.Ends.StopAsync(daemon.Drain, now);
    }
}
