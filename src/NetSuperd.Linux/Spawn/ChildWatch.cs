using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>Waits on the event loop for every child to end, reaps it, and closes its record.</summary>
/// <remarks>
/// Each child has a descriptor of its own that is watched, and no other process's child is reaped. SIGCHLD would not do: the kernel merges
/// signals.
/// </remarks>
internal sealed class ChildWatch : IWatcher, ILoopWork, IDisposable
{
    // Only children for which no descriptor was left are polled.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // Much shorter than the system takes to use up all process numbers.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly SpawnReports _reports = new();
    private readonly ConcurrentDictionary<ChildProcess, RunningChild> _children = new();
    private readonly ConcurrentDictionary<RunningChild, bool> _unwatched = new();
    private readonly LeftSessions _left = new();
    private readonly EventLoop _loop;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly long _token;
    private readonly Timer _poll;
    private readonly Timer _check;
    private TaskCompletionSource? _empty;

    /// <exception cref="CallException">The pipe for reports could not be made or watched.</exception>
    public ChildWatch(EventLoop loop, ConnectionTally tally, ILogger logger)
    {
        (_loop, _tally, _logger) = (loop, tally, logger);
        Logs = new StderrLogs(loop);
        _token = loop.Watch(_reports.Reader, this, Events.Read);
        _poll = new Timer(_ => _loop.Post(this));
        _check = new Timer(_ => CheckSessions());
    }

    /// <summary>Where netsuperd-exec reports a failure.</summary>
    public Descriptor Report => _reports.Writer;

    /// <summary>What children write to standard error.</summary>
    public StderrLogs Logs { get; }

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ChildJob Job)> Children =>
        _children.Values.Where(child => child.Lingering is null).Select(child => (child.Process, child.Job));

    /// <summary>Watches a child that was just started.</summary>
    public void Add(ChildProcess process, ChildJob job)
    {
        var child = new RunningChild(this, process, job);
        _left.Remove(process.Pid);
        _children[process] = child;
        if (job.Errors is { IsOfOne: true } own)
        {
            Logs.Add(own);
        }

        try
        {
            if (process.End is { } end)
            {
                child.Token = _loop.Watch(end, child, Events.Read | Events.Edge);
                return;
            }
        }
        catch (CallException)
        {
            // No memory to watch it: it is polled like a child without a descriptor.
            process.Dispose();
        }

        Poll(child);
    }

    /// <summary>
    /// Signals the process groups of all children, and the other processes of their sessions and of the sessions that ended children have
    /// left.
    /// </summary>
    /// <param name="signal">The signal; null: for each child the one that asks it to end.</param>
    /// <param name="evenWorkers">Whether workers get it as well, which otherwise end their connections first.</param>
    public void SignalAll(int? signal, bool evenWorkers)
    {
        var groups = new Dictionary<int, HashSet<int>> { [signal ?? SignalName.SIGTERM] = [] };
        foreach (var (process, child) in _children.Where(pair => evenWorkers || !pair.Value.Job.Service.Plan.IsWorker))
        {
            if (child.Lingering is { } lingering)
            {
                // It has ended, and its number may belong to another process by now.
                lingering.Signal(signal);
                continue;
            }

            var own = signal ?? child.Job.Service.Plan.StopSignal;
            if (process.SignalGroup(own))
            {
                (groups.TryGetValue(own, out var reached) ? reached : groups[own] = []).Add(process.Pid);
            }
            else
            {
                // The child has just been reaped, and what it has left is not noted yet.
                _left.Add(process.Pid);
            }
        }

        try
        {
            foreach (var (sent, reached) in groups)
            {
                ProcessSession.Signal(sent == (signal ?? SignalName.SIGTERM) ? _left.Union(reached) : reached, reached, sent);
            }
        }
        catch (IOException failure)
        {
            // The process groups at least have got the signal.
            _logger.ChildWatchFailed(failure);
        }
    }

    /// <summary>Kills the child of a connection with its session at once, and resets the connection.</summary>
    public static void Abort(ChildProcess process, ConnectionRecord record)
    {
        if (record.Listed is var (local, peer, cookie))
        {
            // The daemon has no copy of a child's connection, so the system closes it by its four numbers. Without the capability it
            // ends with the child, in order if all data was read.
            _ = SocketDiagnosis.Abort(local, peer, cookie, process);
        }

        process.SignalGroup(SignalName.SIGKILL);
    }

    /// <summary>Ends the connection of a child that has ended, and whose connection lingers.</summary>
    public void AbortLingering(ConnectionRecord record) =>
        _children.Values.FirstOrDefault(child => child.Job.Record == record)?.Lingering?.Signal(SignalName.SIGKILL);

    /// <summary>Signals the process group of a child, and the other processes of its session.</summary>
    /// <returns>Whether any process was signalled.</returns>
    public bool Signal(ChildProcess process, int signal)
    {
        var reached = new HashSet<int>();
        if (process.SignalGroup(signal))
        {
            reached.Add(process.Pid);
        }
        else if (!_left.Has(process.Pid))
        {
            return false;
        }

        try
        {
            return ProcessSession.Signal(new HashSet<int> { process.Pid }, reached, signal) + reached.Count > 0;
        }
        catch (IOException failure)
        {
            _logger.ChildWatchFailed(failure);
            return reached.Count > 0;
        }
    }

    /// <summary>Signals the processes that a child which has ended has left in its session.</summary>
    public void SignalLeft(int leader, int signal)
    {
        try
        {
            ProcessSession.Signal(_left.Has(leader) ? new HashSet<int> { leader } : [], new HashSet<int>(), signal);
        }
        catch (IOException failure)
        {
            _logger.ChildWatchFailed(failure);
        }
    }

    /// <summary>Whether a child that has ended has left processes in its session.</summary>
    public bool HasLeft(int pid) => _left.Has(pid);

    /// <summary>Completes when no child and no process of their groups runs. No child may be added after the call.</summary>
    public async Task WhenEmptyAsync()
    {
        var empty = LazyInitializer.EnsureInitialized(
            ref _empty, () => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        TellIfEmpty();
        await empty.Task.ConfigureAwait(false);
        while (_left.Forget() > 0)
        {
            await Task.Delay(PollInterval, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Reaps a child that has ended; a call too many does nothing.</summary>
    public void Reap(ChildProcess process)
    {
        if (_children.TryGetValue(process, out var child) && child.Lingering is null)
        {
            Reap(child);
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events) => _reports.Drain();

    /// <summary>Polls the children that are not watched.</summary>
    public void Run()
    {
        foreach (var child in _unwatched.Keys)
        {
            Reap(child);
        }

        if (!_unwatched.IsEmpty)
        {
            _poll.Change(PollInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Logs what is left in the pipes. After the loop has ended.</summary>
    public void Dispose()
    {
        _poll.Dispose();
        _check.Dispose();
        Logs.Dispose();
        _reports.Dispose();
    }

    /// <summary>Reaps a child that has ended.</summary>
    public void Reap(RunningChild child)
    {
        var (process, job) = (child.Process, child.Job);
        ChildEnd? end = null;
        try
        {
            end = process.TryReap();
            if (end is null)
            {
                // The fork server has been asked; where that failed, it is asked again later.
                Poll(process.HasOtherParent ? child : null);
                return;
            }
        }
        catch (CallException lost)
        {
            _logger.ChildLost(process.Pid, job.Record.Service, lost.Message);
        }

        if (child.Token is { } token)
        {
            // Closing its only descriptor takes it out of the loop.
            _loop.Forget(token);
        }

        try
        {
            // A server, and a child that was asked to end, must not leave any process. One look at all of them finds those of every group,
            // where a look for each child would hold up the loop; after a connection only the child's own group counts.
            if (job.Server is not null || job.WasAsked || ProcessSession.HasGroup(process.Pid))
            {
                _left.Add(process.Pid);
                _check.Change(CheckInterval, Timeout.InfiniteTimeSpan);
            }

            // An unfinished last line is logged before the record, not joined to the first line of the next child.
            if (job.Errors is { } log)
            {
                Logs.Finish(log);
            }
        }
        finally
        {
            process.Dispose();
            _unwatched.TryRemove(child, out _);
            var failure = end?.Status is { } status ? _reports.TakeReport(process.Pid, status) : null;
            if (failure is null && job.Lingering is { } connection)
            {
                child.Lingering = new LingeringEnd(_loop, this, child, connection, end);
                child.Lingering.Begin(job.Service.Plan.Linger!.Value);
            }
            else
            {
                Close(child, end, failure);
            }
        }
    }

    private void Poll(RunningChild? child)
    {
        if (child is not null)
        {
            _unwatched[child] = true;
            _poll.Change(PollInterval, Timeout.InfiniteTimeSpan);
        }
    }

    private void TellIfEmpty()
    {
        if (_children.IsEmpty)
        {
            _empty?.TrySetResult();
        }
    }

    private void CheckSessions()
    {
        if (_left.Forget() > 0)
        {
            _check.Change(CheckInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Closes the record of a child that has ended.</summary>
    /// <param name="child">The child.</param>
    /// <param name="end">How it ended; null: that is unknown.</param>
    /// <param name="failure">Why the program was not executed; null: it was.</param>
    public void Close(RunningChild child, ChildEnd? end, SpawnFailure? failure)
    {
        var job = child.Job;
        if (failure is not null)
        {
            job.Record.Usage = end;
            job.Connection?.Dispose();
            job.Fail(failure, _tally, _logger);
        }
        else
        {
            _tally.CloseChild(job.Record, end);
            job.End(ran: true);
        }

        // This comes last: code that waits for the end of all children may rely on their records.
        _children.TryRemove(child.Process, out _);
        TellIfEmpty();
    }
}
