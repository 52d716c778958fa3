using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Workers;

/// <summary>The handlers of services that share a process, which is started again when it has ended.</summary>
/// <remarks>
/// The process is started before its services come into force, and ends when no map and no connection uses them any more. While none
/// serves, clients wait in the backlogs.
/// </remarks>
/// <param name="program">What the process is.</param>
/// <param name="processes">Starts it.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class Worker(WorkerProgram program, WorkerProcesses processes, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromMinutes(1);

    // A process that has run for so long is started again as fast as after its first end.
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(1);

    // How long a process that nothing uses may take to end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<WorkerService> _services = [];
    private readonly HashSet<IWaitsForRoom> _waiters = [];
    private readonly Dictionary<string, string?> _plugins = [];
    private readonly HashSet<WorkerService> _created = [];
    private TaskCompletionSource _changed = NewSource();
    private WorkerRun? _process;
    private WorkerRun? _hanging;
    private volatile WorkerRun? _serving;
    private volatile bool _isOver;
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

    /// <summary>The number of another handler.</summary>
    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>
    /// Whether a service can join: a process loads one version of a plugin only, so that the code of an older one never serves with it.
    /// </summary>
    public bool Takes(WorkerProgram other, string? plugin, string? version)
    {
        lock (_lock)
        {
            return !_isOver && other.Key == program.Key && (plugin is null || !_plugins.TryGetValue(plugin, out var own) || own == version);
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
    public void Add(WorkerService service)
    {
        lock (_lock)
        {
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
        }
    }

    /// <summary>Removes a service that nothing uses any more. The last one ends the process.</summary>
    public void Remove(WorkerService service)
    {
        WorkerRun? process;
        lock (_lock)
        {
            _services.Remove(service);
            _isOver |= _services.Count == 0;
            process = _process;
            _changed.TrySetResult();
        }

        service.Fail("the worker has ended");
        process?.Drop(service);
        if (_isOver)
        {
            process?.Asked.Make(Grace);
        }
    }

    /// <summary>Kills a process that does not answer. It gets no more clients: these wait for the next one.</summary>
    public void GiveUp(WorkerRun process)
    {
        lock (_lock)
        {
            _serving = _serving == process ? null : _serving;
            _hanging = process;
        }

        process.Asked.Make(TimeSpan.Zero);
    }

    /// <summary>Starts no other process, and asks the present one to end.</summary>
    public void Retire()
    {
        lock (_lock)
        {
            _isOver = true;
            _changed.TrySetResult();
        }

        Process?.Asked.Make(Grace);
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
    public void Start(WorkerService service, StreamSocket socket, ConnectionRecord record, ConnectionTimes times)
    {
        if (_serving is { } run)
        {
            run.Serve(service, socket, record, times);
        }
        else
        {
            processes.Lose(socket, record);
        }
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

    /// <summary>Runs one process after the other.</summary>
    private async Task RunAsync()
    {
        var pauses = new Backoff(FirstPause, LongestPause);
        while (!_isOver)
        {
            var began = time.GetTimestamp();
            var end = await RunOnceAsync().ConfigureAwait(false);
            FailWaiting(end);
            if (_isOver)
            {
                break;
            }

            if (time.GetElapsedTime(began) >= LongRun)
            {
                pauses.Reset();
            }

            var pause = pauses.Next();
            _trouble = $"its worker has ended ({end}) and is started again";
            logger.WorkerRestarts(program.ProcessName, end, pause.TotalSeconds);
            await Task.WhenAny(Changed(), Task.Delay(pause, time)).ConfigureAwait(false);
        }
    }

    /// <summary>Runs one process.</summary>
    /// <returns>How it ended.</returns>
    private async Task<string> RunOnceAsync()
    {
        try
        {
            var (run, job, ended) = processes.Start(this);
            lock (_lock)
            {
                _process = run;
                _created.Clear();
            }

            if (_isOver)
            {
                run.Asked.Make(Grace);
            }

            await Task.WhenAny(CreateAllAsync(run), ended).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
            lock (_lock)
            {
                (_process, _serving) = (null, null);
            }

            await processes.CloseAsync(run).ConfigureAwait(false);
            return job.HowEnded;
        }
        catch (LibcException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>
    /// Creates the handlers, and from then on those that are added. A handler that has served before must be created again: without it the
    /// process is ended, and tried again later.
    /// </summary>
    private async Task CreateAllAsync(WorkerRun run)
    {
        while (!run.Lost.IsCompleted)
        {
            var changed = Changed();
            if (Next() is not { } service)
            {
                await Task.WhenAny(changed, run.Lost).ConfigureAwait(false);
                continue;
            }

            var report = await run.CreateAsync(service).ConfigureAwait(false);
            if (service.IsCreated && report.Problems is [var problem, ..])
            {
                logger.WorkerHandlerFailed(service.Use.Name, program.ProcessName, problem.Message);
                run.Asked.Make(TimeSpan.Zero);
                return;
            }

            service.Note(report);
        }
    }

    /// <summary>The next service without a handler in the present process, which serves once there is none.</summary>
    private WorkerService? Next()
    {
        lock (_lock)
        {
            if (_services.FirstOrDefault(_created.Add) is { } service)
            {
                return service;
            }

            if (_serving == _process || _hanging == _process)
            {
                return null;
            }

            _serving = _process;
        }

        _trouble = null;
        TellWaiters();
        return null;
    }

    private Task Changed()
    {
        lock (_lock)
        {
            if (_changed.Task.IsCompleted)
            {
                _changed = NewSource();
            }

            return _changed.Task;
        }
    }

    private void FailWaiting(string end)
    {
        List<WorkerService> services;
        lock (_lock)
        {
            services = [.. _services];
        }

        services.ForEach(service => service.Fail($"no worker can be started: {end}"));
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
