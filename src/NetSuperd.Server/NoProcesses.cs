using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// A daemon without processes beside it, of a system that has none: each map is served by handlers in the daemon. A system that has some of
/// them derives from it.
/// </summary>
internal class NoProcesses : IProcesses, IMapProcesses
{
    /// <summary>The only one.</summary>
    public static NoProcesses Instance { get; } = new();

    /// <inheritdoc/>
    public virtual int Children => 0;

    /// <inheritdoc/>
    public virtual IMapProcesses Of(Configuration configuration, Configuration? before) => this;

    /// <inheritdoc/>
    public Task<LoadResult> CreateAsync(LoadResult loaded, Configuration configuration, Configuration? running) => Task.FromResult(loaded);

    /// <inheritdoc/>
    public string? TroubleOf(Service service) => null;

    /// <inheritdoc/>
    public int? WorkerOf(string service) => null;

    /// <inheritdoc/>
    public (ConnectionStatus Status, TimeSpan? Idle)? StatusOf(long id) => null;

    /// <inheritdoc/>
    public TcpInfo? AskFor(ConnectionRecord record) => null;

    /// <inheritdoc/>
    public virtual void Abort(ConnectionRecord record)
    {
    }

    /// <inheritdoc/>
    public virtual void TimeOut()
    {
    }

    /// <inheritdoc/>
    public void Check()
    {
    }

    /// <inheritdoc/>
    public int Signal(string service, int signal, bool all) => 0;

    /// <inheritdoc/>
    public virtual Task SettleAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task EndConnectionsAsync(string service, TimeSpan drain) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task FinishAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task WhenEmptyAsync(bool withChildren) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task StopAsync(DaemonSection daemon, CancellationToken now) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual void KillAll()
    {
    }

    /// <inheritdoc/>
    public Task LingerAsync(TimeSpan longest, CancellationToken stop) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task RetireAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public ISocketHandover? Handover(ListenerSet sockets) => null;

    /// <inheritdoc/>
    public Task<IReadOnlyList<ConfigProblem>> StartHandlersAsync() => Task.FromResult<IReadOnlyList<ConfigProblem>>([]);

    /// <inheritdoc/>
    public virtual void Prepare()
    {
    }

    /// <inheritdoc/>
    public void BringIntoForce()
    {
    }

    /// <inheritdoc/>
    public virtual Task RetireAsync(Configuration next) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual IDestination? DestinationOf(Service service, string socketName, Stages stages) => null;

    /// <inheritdoc/>
    public IDatagramWorker? DatagramsOf(Service service, EndPoint bound) => null;

    /// <inheritdoc/>
    public IDatagramReceiver SessionsOf(
        SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve, DatagramGates datagrams,
        Stages stages) => throw Never(place.Port.Service);

    /// <inheritdoc/>
    public IChildStart SharedChild(Service service, Lease lease, Stages stages) => throw Never(service);

    /// <inheritdoc/>
    public IChildStart Server(Service service, ServerRecord server, Stages stages) => throw Never(service);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private static UnreachableException Never(Service service) =>
        new($"the map gives '{service.Name}' what no process of this system can serve");
}
