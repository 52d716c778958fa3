using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>Starts a child for each connection of the services that have a program, and ends them at the stop. The only spawn path.</summary>
internal sealed class Spawner : IDisposable
{
    // More would only queue here what can as well queue in the backlogs.
    private const int MostQueued = 64;

    // posix_spawn holds its thread until the child has called exec, on whichever processor that is.
    private static readonly int Threads = Math.Max(2, Environment.ProcessorCount);

    private static readonly TimeSpan TimeOutGrace = TimeSpan.FromSeconds(5);

    private const int MostKills = 20;
    private static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(100);

    private readonly Queue<ChildJob> _queue = new();
    private readonly SemaphoreSlim _places = new(MostQueued);
    private readonly List<Thread> _threads = [];
    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ChildWatch _watch;
    private bool _stopping;

    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="LibcException">Descriptors for the watch could not be made.</exception>
    public Spawner(ConnectionTally tally, ILogger logger, TimeProvider time)
    {
        _tally = tally;
        _logger = logger;
        _time = time;
        _watch = new ChildWatch(tally, logger);
    }

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ChildJob Job)> Children => _watch.Children;

    /// <summary>Makes a service of a map that is going to be in force. Nothing runs for it before <see cref="Add"/>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="helper">The path of netsuperd-exec.</param>
    /// <param name="running">The service of that name in the map in force, whose log goes on where it fits.</param>
    /// <exception cref="LibcException">A pipe could not be made, or the helper is not there.</exception>
    public ChildService Prepare(Service service, string helper, ChildService? running)
    {
        if (!FileStatus.IsExecutable(helper))
        {
            throw new LibcException("execve", helper, FileStatus.Of(helper) is null ? Errno.ENOENT : Errno.EACCES);
        }

        var log = service.Program!.Stderr != ChildStderr.Log ? null
            : running?.Log is { } goesOn && goesOn.Fits(service) ? goesOn
            : new StderrLog(service, _logger, _time);
        return new ChildService(_tally.Use(service.Name), new ChildPlan(service, helper), service.Admission, log);
    }

    /// <summary>The map is in force: children may be started.</summary>
    public void Add(ChildService service, ChildService? before)
    {
        service.Log?.Enter();
        if (service.Log is { } log && log != before?.Log)
        {
            _watch.Add(log);
        }

        for (var i = _threads.Count; i < Threads; i++)
        {
            var thread = new Thread(Run) { IsBackground = true, Name = $"spawn {i}" };
            thread.Start();
            _threads.Add(thread);
        }
    }

    /// <summary>The map is in force no more: what its children write is read as long as they live.</summary>
    public static async Task RetireAsync(ChildService service)
    {
        service.Use.Leave();
        await service.Use.Unused.ConfigureAwait(false);
        service.Log?.Leave();
    }

    /// <summary>Queues a connection for its child; waits while too many are queued, so that clients wait in the backlog.</summary>
    public ValueTask StartAsync(ChildService service, SafeHandle socket, string name, ConnectionRecord record) =>
        QueueAsync(new ChildJob { Service = service, Record = record, Sockets = [(socket, name)], Connection = socket });

    /// <summary>Queues a child that gets listening or datagram sockets themselves.</summary>
    /// <param name="service">The service.</param>
    /// <param name="sockets">The sockets, with their names.</param>
    /// <param name="record">The record of the child.</param>
    /// <param name="asked">Completes when the child shall end, with the time that it has for that.</param>
    /// <returns>When it has ended: whether there was one.</returns>
    public async Task<bool> ShareAsync(
        ChildService service, IReadOnlyList<(SafeHandle Socket, string Name)> sockets, ConnectionRecord record, Task<TimeSpan> asked)
    {
        var job = new ChildJob { Service = service, Record = record, Sockets = sockets };
        await QueueAsync(job).ConfigureAwait(false);
        if (await Task.WhenAny(job.Ended, asked).ConfigureAwait(false) == asked)
        {
            await EndAsync(job, await asked.ConfigureAwait(false)).ConfigureAwait(false);
        }

        return await job.Ended.ConfigureAwait(false);
    }

    /// <summary>Starts the children that are queued, and no more after them.</summary>
    public async Task FinishAsync()
    {
        // Waiting for threads is not for the thread that completes socket calls.
        await Task.Yield();
        lock (_queue)
        {
            _stopping = true;
            Monitor.PulseAll(_queue);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    /// <summary>Completes when no child runs any more. After <see cref="FinishAsync"/>.</summary>
    public Task WhenEmptyAsync() => _watch.WhenEmptyAsync();

    /// <summary>
    /// Asks the children to end for which a time of their service is over, and ends those that have not some seconds later. How long a
    /// connection has been idle, the system tells: the daemon has no copy of it.
    /// </summary>
    public void TimeOut()
    {
        foreach (var (process, job) in _watch.Children)
        {
            var record = job.Record;
            var age = _tally.AgeOf(record);
            if (record.TimedOutBy is null && job.Service.Admission.Over(age, hasSent: true, () => IdleOf(job, age)) is { } key)
            {
                (record.TimedOutBy, job.TimedOutAt) = (key, age);
                process.SignalGroup(SignalName.SIGTERM);
            }
            else if (record.TimedOutBy is not null && age - job.TimedOutAt > TimeOutGrace)
            {
                _logger.ChildOverstays(process.Pid, record.Service, record.TimedOutBy);
                job.TimedOutAt = age;
                Kill(process);
            }
        }
    }

    /// <summary>Ends a child and its session at once.</summary>
    public static bool Kill(ChildProcess process) => process.SignalGroup(SignalName.SIGKILL);

    /// <summary>Asks the children to end, and after the drain time ends them. After <see cref="FinishAsync"/>.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        _watch.SignalAll(SignalName.SIGTERM);
        try
        {
            await _watch.WhenEmptyAsync().WaitAsync(drain, _time, now).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            foreach (var (process, job) in _watch.Children)
            {
                _logger.ChildKilled(process.Pid, job.Record.Service);
            }

            // Again and again: what is being forked in the moment of one look is found at the next.
            for (var killed = 0; killed < MostKills && !_watch.WhenEmptyAsync().IsCompleted; killed++)
            {
                _watch.SignalAll(SignalName.SIGKILL);
                await Task.WhenAny(_watch.WhenEmptyAsync(), Task.Delay(KillAgain, _time, CancellationToken.None)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Kills every child and its session, and waits for none.</summary>
    public void KillAll() => _watch.SignalAll(SignalName.SIGKILL);

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _places.Dispose();
        _nothing.Dispose();
    }

    /// <summary>Asks a child to end, with all processes of its session, and ends after a time those that have not: they have its sockets as well.</summary>
    private async Task EndAsync(ChildJob job, TimeSpan drain)
    {
        var began = _time.GetTimestamp();
        ChildProcess? child = null;
        var kills = 0;
        while (!job.Ended.IsCompleted || (child is not null && _watch.HasLeft(child.Pid)))
        {
            var isOver = _time.GetElapsedTime(began) >= drain;
            if (child is null)
            {
                // It may still be queued.
                child = _watch.Children.FirstOrDefault(running => running.Job == job).Process;
                _ = child is null || _watch.Signal(child, SignalName.SIGTERM);
            }
            else if (isOver)
            {
                if (kills == 0)
                {
                    _logger.ChildKilled(child.Pid, job.Record.Service);
                }
                else if (kills >= MostKills)
                {
                    return;
                }

                kills++;
                _ = _watch.Signal(child, SignalName.SIGKILL);
            }

            await (job.Ended.IsCompleted
                ? Task.Delay(KillAgain, _time, CancellationToken.None)
                : Task.WhenAny(job.Ended, Task.Delay(KillAgain, _time, CancellationToken.None))).ConfigureAwait(false);
        }
    }

    /// <summary>How long the connection of a child has carried nothing; where it is gone, how long that has been known.</summary>
    private static TimeSpan IdleOf(ChildJob job, TimeSpan age)
    {
        if (job.Record is not { Cookie: { } cookie, Local: IPEndPoint local, Peer: IPEndPoint peer })
        {
            return TimeSpan.Zero;
        }

        if (SocketDiagnosis.Ask(local, peer, cookie) is { } info)
        {
            return info.Idle;
        }

        job.GoneAt ??= SocketDiagnosis.IsGone(local, peer, cookie) ? age : null;
        return age - job.GoneAt ?? TimeSpan.Zero;
    }

    private async ValueTask QueueAsync(ChildJob job)
    {
        await _places.WaitAsync().ConfigureAwait(false);
        lock (_queue)
        {
            if (!_stopping)
            {
                _queue.Enqueue(job);
                Monitor.Pulse(_queue);
                return;
            }
        }

        // The next that waits for a place has the same to learn.
        _places.Release();
        Drop(job);
    }

    private void Run()
    {
        while (true)
        {
            ChildJob job;
            lock (_queue)
            {
                while (!_stopping && _queue.Count == 0)
                {
                    Monitor.Wait(_queue);
                }

                if (!_queue.TryDequeue(out job!))
                {
                    return;
                }

            }

            _places.Release();
            Spawn(job);
        }
    }

    private void Spawn(ChildJob job)
    {
        var record = job.Record;
        job.Errors = _watch.HasRoomForLog ? job.Service.Log?.For(record) : job.Service.Log;
        try
        {
            var process = ChildProcess.Start(job.Service.Plan.For(record, job.Sockets, job.Errors?.Writer, _nothing, _watch.Report));
            record.Pid = process.Pid;
            if (job.Errors is { IsOfOne: true } own)
            {
                // The child and its descendants are the only writers: their end is the end of the pipe.
                own.Writer.Dispose();
                _watch.Add(own);
            }

            job.Connection?.Dispose();
            _tally.Start(record);
            _watch.Add(process, job);
        }
        catch (ObjectDisposedException) when (job.Connection is null)
        {
            // The stop has closed the listener in the meantime.
            Forget(job.Errors);
            Drop(job);
        }
        catch (Exception failure)
        {
            Forget(job.Errors);
            job.Connection?.Dispose();
            _tally.Start(record);
            job.Fail(new SpawnFailure(SpawnFailure.Spawn, (failure as LibcException)?.Errno ?? Errno.ENOMEM), _tally, _logger);
        }
    }

    /// <summary>Closes the pipe of a child that was not started.</summary>
    private static void Forget(StderrLog? errors)
    {
        if (errors is { IsOfOne: true })
        {
            errors.Dispose();
        }
    }

    private void Drop(ChildJob job)
    {
        job.Connection?.Dispose();
        _tally.Close(job.Record, ConnectionEnd.Stopped);
        job.End(ran: false);
    }
}
