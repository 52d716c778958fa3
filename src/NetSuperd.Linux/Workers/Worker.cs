using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The handlers of services that share a process, which is started again when it has ended.</summary>
/// <remarks>
/// The process is started before its services come into force, and ends when no map and no connection uses them any more. While none
/// serves, clients wait in the backlogs.
/// </remarks>
/// <param name="program">What the process is.</param>
/// <param name="processes">Starts it.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed partial class Worker(WorkerProgram program, WorkerProcesses processes, ILogger logger, TimeProvider time)
{
    // How long a process that nothing uses may take to end: longer than the handlers may take to stop and to be disposed of.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(12);

    private readonly Lock _lock = new();
    private readonly List<WorkerService> _services = [];
    private readonly HashSet<IWaitsForRoom> _waiters = [];
    private readonly Dictionary<string, string?> _plugins = [];
    private readonly HashSet<WorkerService> _created = [];
    private TaskCompletionSource _changed = NewSource();
    private WorkerRun? _process;
    private WorkerRun? _leaving;
    private volatile WorkerRun? _serving;
    private volatile bool _isOver;
    private volatile bool _isClosed;
    private volatile string? _trouble;
    private int _lastNumber;

    /// <summary>What the process is.</summary>
    public WorkerProgram Program => program;

    /// <summary>Whether no other process is started.</summary>
    public bool IsOver => _isOver;

    /// <summary>Why no process serves; null: one does, or is being started for the first time.</summary>
    public string? Trouble => _trouble;

    /// <summary>Completes when its last process has ended, after the last service has been removed.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>The process; null while none runs.</summary>
    public WorkerRun? Process
    {
        get
        {
            lock (_lock)
            {
                return _process;
            }
        }
    }

    /// <summary>The process that gets clients; null while there is none.</summary>
    public WorkerRun? Serving
    {
        get
        {
            lock (_lock)
            {
                return _serving;
            }
        }
    }

    /// <summary>The number of another handler.</summary>
    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>
    /// Whether a service can join: a process loads one version of a plugin only, so that the code of an older one never serves with it.
    /// </summary>
    public bool Takes(WorkerProgram other, string? plugin, string? version)
    {
        lock (_lock)
        {
            return !_isOver && !_isClosed && other.Key == program.Key
                && (plugin is null || !_plugins.TryGetValue(plugin, out var own) || own == version);
        }
    }

    /// <summary>Whether it has a handler of a service.</summary>
    public bool Has(string service)
    {
        lock (_lock)
        {
            return _services.Exists(own => own.Use.Name == service);
        }
    }

    /// <summary>Adds a service, whose handler is created as soon as a process runs.</summary>
    /// <returns>False where the last service has been removed meanwhile: no process is started any more.</returns>
    public bool TryAdd(WorkerService service)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _services.Add(service);
            if (service.Order.Plugin is { } plugin)
            {
                _plugins[plugin] = service.Plugin;
            }

            if (_services.Count == 1 && Ended.IsCompleted)
            {
                Ended = Task.Run(RunAsync);
            }

            _changed.TrySetResult();
            return true;
        }
    }

    /// <summary>Removes a service that nothing uses any more. The last one ends the process.</summary>
    public void Remove(WorkerService service)
    {
        WorkerRun? process;
        lock (_lock)
        {
            _services.Remove(service);
            _created.Remove(service);
            _isOver |= _services.Count == 0;
            process = _process;
            _changed.TrySetResult();
        }

        service.Fail("the worker has ended");
        process?.Drop(service);
        if (_isOver)
        {
            process?.End(Grace);
        }
    }

    /// <summary>A process is about to end: it gets no more clients, which wait for the next one.</summary>
    public void Leave(WorkerRun process)
    {
        lock (_lock)
        {
            _serving = _serving == process ? null : _serving;
            _leaving = process;
        }
    }

    /// <summary>Ends a process that has been silent for too long.</summary>
    public void KillHanging(WorkerRun process)
    {
        logger.WorkerHangs(program.ProcessName, (int)WorkerRun.LongestSilence.TotalSeconds);
        Kill(process);
    }

    /// <summary>Ends a process that does what it must not. It gets no more clients.</summary>
    public void Kill(WorkerRun process)
    {
        Leave(process);
        process.Asked.Make(TimeSpan.Zero);
    }

    /// <summary>No service joins any more: the constructor of a handler holds the process up.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Starts no other process.</summary>
    public void StartNoMore()
    {
        lock (_lock)
        {
            _isOver = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>Starts no other process, and asks the present one to end.</summary>
    public void Retire()
    {
        StartNoMore();
        Process?.End(Grace);
    }

    /// <inheritdoc cref="WorkerService.MustWait"/>
    public bool MustWait(IWaitsForRoom waiter)
    {
        lock (_lock)
        {
            var mustWait = _serving is not { IsFull: false };
            if (mustWait)
            {
                _waiters.Add(waiter);
            }

            return mustWait;
        }
    }

    /// <inheritdoc cref="WorkerService.Start"/>
    public void Start(WorkerService service, StreamSocket socket, ConnectionRecord record, Admission admission, EncryptedChild? child)
    {
        if (_serving is { } run)
        {
            run.Serve(service, socket, record, admission, child);
        }
        else
        {
            child?.Dispose();
            processes.Lose(socket, record);
        }
    }

    /// <summary>Hands a session of datagrams to the process that serves; null: none does by now, and the session has ended.</summary>
    /// <inheritdoc cref="WorkerRun.ServeSession"/>
    public WorkerConnection? StartSession(
        WorkerService service, StreamSocket socket, ConnectionRecord record, Admission admission, Func<TimeSpan> idle)
    {
        if (_serving is { } run)
        {
            return run.ServeSession(service, socket, record, admission, idle);
        }

        processes.Lose(socket, record);
        return null;
    }

    /// <summary>Clients that wait may be served.</summary>
    public void TellWaiters()
    {
        List<IWaitsForRoom> waiters;
        lock (_lock)
        {
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        waiters.ForEach(waiter => waiter.RoomMade());
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
