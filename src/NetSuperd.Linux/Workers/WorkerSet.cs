using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The workers of the daemon, and the connections that they serve.</summary>
/// <param name="processes">Starts their processes.</param>
/// <param name="live">The connections of all workers.</param>
/// <param name="tally">Keeps the counters.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerSet(
    WorkerProcesses processes, LiveConnections live, ConnectionTally tally, ILogger logger, TimeProvider time)
{
    // How much longer than its handlers a worker may take to report their ends.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // A process whose handlers have not stopped is killed a second earlier.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(13);

    private readonly Lock _lock = new();
    private readonly List<Worker> _workers = [];

    /// <summary>A set without a worker.</summary>
    /// <param name="spawner">Starts the processes.</param>
    /// <param name="loop">Watches the channels.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="host">What handlers see of the server, and what it does for them.</param>
    /// <param name="loggers">Makes the logger of each service.</param>
    /// <param name="time">The clock.</param>
    /// <param name="helper">The path of netsuperd-exec.</param>
    public static WorkerSet Of(
        Spawner spawner, EventLoop loop, ConnectionTally tally, IHandlerHost host, ILoggerFactory loggers, TimeProvider time,
        string helper)
    {
        var live = new LiveConnections(tally);
        var processes = new WorkerProcesses(spawner, loop, tally, live, host, new WorkerLog(loggers, tally), time, helper);
        return new WorkerSet(processes, live, tally, loggers.CreateLogger("NetSuperd"), time);
    }

    /// <summary>Their connections.</summary>
    public LiveConnections Live => live;

    /// <summary>Creates the handlers of a map without errors that serve in workers: each starts the process that it needs.</summary>
    /// <param name="loaded">The map.</param>
    /// <param name="configuration">The map with everything that serves it.</param>
    /// <param name="processes">Its processes, which get them.</param>
    /// <param name="running">Those of the map in force, from which equal ones are taken; null: there is none.</param>
    /// <returns>The map with every problem.</returns>
    public async Task<LoadResult> CreateAsync(
        LoadResult loaded, Configuration configuration, MapProcesses processes, MapProcesses? running)
    {
        if (loaded.HasErrors)
        {
            return loaded;
        }

        foreach (var (service, plugin) in configuration.InWorkers)
        {
            processes.Use(
                service,
                running?.WorkerNamed(service.Name) is { } same && same.Definition == WorkerService.DefinitionOf(service, plugin)
                    ? same
                    : Add(service, plugin));
        }

        var problems = new List<ConfigProblem>();
        foreach (var (service, _) in configuration.InWorkers)
        {
            var report = await processes.WorkerOf(service)!.Report.ConfigureAwait(false);
            problems.AddRange(report.Problems.Select(problem =>
                new ConfigProblem(HandlerSet.At(problem.At, service), Severity.Error, problem.Message)));
        }

        if (problems is [] && configuration.InWorkers is not [])
        {
            var named = from pair in configuration.InWorkers
                        let worker = processes.WorkerOf(pair.Service)!
                        select (pair.Service, worker.PassesTo, worker.Shows);
            problems.AddRange(configuration.Passed.Add([.. named]));
            problems.AddRange(configuration.Passed.Unreached());
        }

        return loaded.With(problems);
    }

    /// <summary>
    /// Ends the processes that do not answer, and connections that a worker should have ended. To be called once a second.
    /// </summary>
    public void Check()
    {
        foreach (var connection in live.All.Where(connection => connection.IsOver(tally.AgeOf(connection.Record))))
        {
            connection.Run.TimeOut(connection);
        }

        foreach (var worker in All())
        {
            if (worker.Process is { } process && !process.Ask())
            {
                worker.KillHanging(process);
            }
        }
    }

    /// <summary>Why the worker of a service does not serve; null: it does.</summary>
    public string? TroubleOf(string service) => All().Find(worker => worker.Has(service))?.Trouble;

    /// <summary>The process of the worker of a service; null while none runs.</summary>
    public int? PidOf(string service) => All().FindLast(worker => worker.Has(service))?.Process?.Pid;

    /// <summary>Ends a connection at once.</summary>
    public void Abort(long id)
    {
        if (live.Find(id) is { } connection)
        {
            connection.Run.Abort(connection);
        }
    }

    /// <summary>
    /// Completes when the connections have ended, and asks the processes to end then. No connection may be added after the call.
    /// </summary>
    public async Task FinishAsync()
    {
        await live.WhenEmptyAsync().ConfigureAwait(false);
        Retire();
    }

    /// <summary>Waits for the connections, and aborts those that have not ended after a time.</summary>
    public async Task LingerAsync(TimeSpan longest, CancellationToken stop)
    {
        await WaitAsync(longest, stop).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        AbortAll();
        Retire();
    }

    /// <summary>
    /// Asks the handlers to end, aborts the connections of those that have not after the drain time, and ends the processes.
    /// </summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        foreach (var worker in All())
        {
            worker.StartNoMore();
            worker.Process?.Stop(drain);
        }

        await WaitAsync(drain + Grace, now).ConfigureAwait(false);
        AbortAll();
        Retire();
        await Task.WhenAll(All().Select(worker => worker.Ended)).WaitAsync(EndPatience, time, now)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks the processes to end, for a daemon that has served nothing.</summary>
    public Task RetireAsync()
    {
        Retire();
        return Task.WhenAll(All().Select(worker => worker.Ended));
    }

    private WorkerService Add(Service service, Plugin? plugin)
    {
        var use = tally.Use(service.Name);
        while (true)
        {
            var worker = WorkerFor(service, plugin);
            var added = new WorkerService(
                use, worker, WorkerService.OrderOf(worker.NextNumber(), service, plugin), plugin?.Fingerprint,
                WorkerService.DefinitionOf(service, plugin), TlsForm.Of(service));
            if (worker.TryAdd(added))
            {
                return added;
            }
        }
    }

    /// <summary>A worker that a service can join.</summary>
    private Worker WorkerFor(Service service, Plugin? plugin)
    {
        lock (_lock)
        {
            _workers.RemoveAll(ended => ended is { IsOver: true, Ended.IsCompleted: true });
            var worker = _workers.Find(other => other.Takes(service.Worker!, plugin?.Path, plugin?.Fingerprint));
            if (worker is null)
            {
                _workers.Add(worker = new Worker(service.Worker!, processes, logger, time));
            }

            return worker;
        }
    }

    private async Task WaitAsync(TimeSpan longest, CancellationToken stop) =>
        await live.WhenEmptyAsync().WaitAsync(longest, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void AbortAll()
    {
        foreach (var connection in live.All)
        {
            connection.Run.Abort(connection);
        }
    }

    private void Retire()
    {
        foreach (var worker in All())
        {
            worker.Retire();
        }
    }

    private List<Worker> All()
    {
        lock (_lock)
        {
            return [.. _workers];
        }
    }
}
