using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <content>The processes of a worker, one after the other.</content>
internal sealed partial class Worker
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromMinutes(1);

    // A process that has run for so long is started again as fast as after its first end.
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(1);

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
            var changed = Changed();
            await (_isOver ? Task.CompletedTask : Task.WhenAny(changed, Task.Delay(pause, time))).ConfigureAwait(false);
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
                run.End(Grace);
            }

            var creating = CreateAllAsync(run);
            if (await Task.WhenAny(creating, ended).ConfigureAwait(false) == creating && creating.IsFaulted)
            {
                run.Asked.Make(TimeSpan.Zero);
            }

            await ended.ConfigureAwait(false);
            lock (_lock)
            {
                (_process, _serving) = (null, null);
            }

            await processes.CloseAsync(run).ConfigureAwait(false);
            await creating.ConfigureAwait(false);
            return run.IsForeign ? "it has sent a malformed message" : job.HowEnded;
        }
        catch (Exception failure)
        {
            // Whatever it is, the next process is tried.
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
                // A process that is to end disposes of its handlers, those included that it is just creating.
                if (run.Lost.IsCompleted || _isOver)
                {
                    return;
                }

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

            if (_serving == _process || _leaving == _process)
            {
                return null;
            }

            _serving = _process;
        }

        _trouble = null;
        TellWaiters();
        return null;
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
}
