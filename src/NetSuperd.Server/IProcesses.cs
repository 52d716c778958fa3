using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The processes beside the daemon that serve: children, servers and workers, as far as the system has them.</summary>
internal interface IProcesses : IDisposable
{
    /// <summary>The number of children that run.</summary>
    int Children { get; }

    /// <summary>Those of a map that is read; none is started yet.</summary>
    /// <param name="configuration">The map.</param>
    /// <param name="before">The map in force; null: there is none.</param>
    IMapProcesses Of(Configuration configuration, Configuration? before);

    /// <summary>Creates the handlers of a map without errors that serve in workers.</summary>
    /// <param name="loaded">The map.</param>
    /// <param name="configuration">The map with everything that serves it.</param>
    /// <param name="running">The map in force, from which equal ones are taken; null: there is none.</param>
    /// <returns>The map with every problem.</returns>
    Task<LoadResult> CreateAsync(LoadResult loaded, Configuration configuration, Configuration? running);

    /// <summary>Why no process of a service can be started or serves; null where no reason is known.</summary>
    string? TroubleOf(Service service);

    /// <summary>The process of the worker of a service; null while none runs.</summary>
    int? WorkerOf(string service);

    /// <summary>The state of a connection that a worker serves; null where none serves it.</summary>
    (ConnectionStatus Status, TimeSpan? Idle)? StatusOf(long id);

    /// <summary>What the system tells of a connection that only a child has; null where it does not report it.</summary>
    TcpInfo? AskFor(ConnectionRecord record);

    /// <summary>Ends a connection at once: a child is killed with its session.</summary>
    void Abort(ConnectionRecord record);

    /// <summary>Asks the children to end that have exceeded a time limit of their service.</summary>
    void TimeOut();

    /// <summary>Ends workers that do not answer. To be called once a second.</summary>
    void Check();

    /// <summary>Signals the children of a service alone, and not their sessions.</summary>
    /// <param name="service">The service.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="all">Whether those that share a socket, and servers, get it as well.</param>
    /// <returns>The number of children that were signalled.</returns>
    int Signal(string service, int signal, bool all);

    /// <summary>Completes when the queued children have been started.</summary>
    Task SettleAsync();

    /// <summary>Asks the children of a service that each have a connection to end, and kills those that have not after a time.</summary>
    Task EndConnectionsAsync(string service, TimeSpan drain);

    /// <summary>Starts the queued children, and no more after them.</summary>
    Task FinishAsync();

    /// <summary>Completes when the connections of workers have ended and, unless they are left running, the children.</summary>
    /// <param name="withChildren">Whether it waits for the children.</param>
    Task WhenEmptyAsync(bool withChildren);

    /// <summary>
    /// Asks children and workers to end, and kills after the drain time those that have not. With <c>drain_children = "leave"</c> only
    /// servers and workers end: servers would keep their sockets, and the next start could not bind them.
    /// </summary>
    Task StopAsync(DaemonSection daemon, CancellationToken now);

    /// <summary>Kills the children and their sessions, without waiting.</summary>
    void KillAll();

    /// <summary>Waits for the connections of workers, and aborts those that have not ended after a time.</summary>
    Task LingerAsync(TimeSpan longest, CancellationToken stop);

    /// <summary>Asks the workers to end, for a daemon that has served nothing.</summary>
    Task RetireAsync();

    /// <summary>Gives the sockets to a successor; null where the system cannot.</summary>
    ISocketHandover? Handover(ListenerSet sockets);
}
