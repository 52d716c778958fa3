using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>One thread that waits for every child to end, reaps it, closes its record, and reads what children write to standard error.</summary>
/// <remarks>
/// Each child is waited for by its own descriptor, and only our own children are reaped: signals are merged by the kernel, so counting
/// SIGCHLD loses some.
/// </remarks>
internal sealed class ChildWatch : IDisposable
{
    private const long ReportToken = 0;

    // Only children for which no descriptor was left are asked about; the others report themselves.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    // Much shorter than the system takes to give all numbers of processes once.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // Children beyond them share the pipe of their service: descriptors are there for connections first.
    private readonly long _mostLogs = Math.Min(1024, Descriptors.Limit / 16);

    private readonly Epoll _epoll = new();
    private readonly SpawnReports _reports = new();
    private readonly ConcurrentDictionary<long, (ChildProcess Process, ChildJob Job)> _children = new();
    private readonly ConcurrentDictionary<long, bool> _unwatched = new();
    private readonly ConcurrentDictionary<long, StderrLog> _logs = new();
    private readonly LeftSessions _left = new();
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private volatile TaskCompletionSource? _empty;
    private long _lastToken = ReportToken;
    private int _logsOfOne;
    private volatile bool _stop;

    public ChildWatch(ConnectionTally tally, ILogger logger)
    {
        _tally = tally;
        _logger = logger;
        _epoll.Add(_reports.Reader, ReportToken);
        _thread = new Thread(Run) { IsBackground = true, Name = "child watch" };
        _thread.Start();
    }

    /// <summary>Where netsuperd-exec says what failed.</summary>
    public Descriptor Report => _reports.Writer;

    /// <summary>Whether one more child may have a pipe of its own for its standard error.</summary>
    public bool HasRoomForLog => Volatile.Read(ref _logsOfOne) < _mostLogs;

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ChildJob Job)> Children => _children.Values;

    /// <summary>Watches a child that was just started.</summary>
    public void Add(ChildProcess process, ChildJob job)
    {
        var token = Interlocked.Increment(ref _lastToken);
        _left.Remove(process.Pid);
        _children[token] = (process, job);
        try
        {
            if (process.End is { } end)
            {
                _epoll.Add(end, token);
                return;
            }
        }
        catch (LibcException)
        {
            // No memory to watch it: it is asked about like a child without a descriptor.
            process.Dispose();
        }

        _unwatched[token] = true;
        _epoll.Wake();
    }

    /// <summary>Reads the standard error of a child, or of a service's children, from now on.</summary>
    public void Add(StderrLog log)
    {
        log.Token = Interlocked.Increment(ref _lastToken);
        _logs[log.Token] = log;
        Interlocked.Add(ref _logsOfOne, log.IsOfOne ? 1 : 0);
        try
        {
            _epoll.Add(log.Reader, log.Token);
        }
        catch (LibcException) when (log.IsOfOne)
        {
            // No memory to watch it: it is read when its child ends.
        }
    }

    /// <summary>Signals the process groups of all children, and what else is in their sessions or was left by children that have ended.</summary>
    public void SignalAll(int signal)
    {
        var groups = new HashSet<int>();
        foreach (var (process, _) in _children.Values)
        {
            if (process.SignalGroup(signal))
            {
                groups.Add(process.Pid);
            }
            else
            {
                // Reaped in this moment: what it has left is not noted yet.
                _left.Add(process.Pid);
            }
        }

        try
        {
            ProcessSession.Signal(_left.Union(groups), groups, signal);
        }
        catch (IOException failure)
        {
            // The groups at least have it.
            _logger.ChildWatchFailed(failure);
        }
    }

    /// <summary>Signals the process group of a child, and what else is in its session or was left by it.</summary>
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

    /// <summary>Whether a child that has ended has left processes in its session.</summary>
    public bool HasLeft(int pid) => _left.Has(pid);

    /// <summary>Completes when no child runs any more, and nothing of their process groups. No child may be added after the call.</summary>
    public Task WhenEmptyAsync()
    {
        _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _epoll.Wake();
        return _empty.Task;
    }

    /// <summary>Ends the thread; what is in the pipes is logged first.</summary>
    public void Dispose()
    {
        _stop = true;
        _epoll.Wake();
        _thread.Join();
        foreach (var log in _logs.Values)
        {
            log.Drain();
            log.Flush();
            log.Dispose();
        }

        _reports.Dispose();
        _epoll.Dispose();
    }

    private void Run()
    {
        var ready = new List<long>();
        var looked = Stopwatch.GetTimestamp();
        while (!_stop)
        {
            var isWaitedFor = _empty is { Task.IsCompleted: false } && _children.IsEmpty;
            if (isWaitedFor && _left.IsEmpty)
            {
                _empty!.TrySetResult();
                isWaitedFor = false;
            }

            _epoll.Wait(!_unwatched.IsEmpty || isWaitedFor ? AskAgain : _left.HasAny ? LookAgain : null, ready);
            if (_left.HasAny && Stopwatch.GetElapsedTime(looked) > LookAgain)
            {
                _ = _left.IsEmpty;
                looked = Stopwatch.GetTimestamp();
            }

            foreach (var token in ready.Concat(_unwatched.Keys))
            {
                Serve(token);
            }
        }
    }

    /// <summary>The fence of the thread: what goes wrong with one child or log costs no other.</summary>
    private void Serve(long token)
    {
        try
        {
            if (_logs.TryGetValue(token, out var log))
            {
                _ = Read(log);
            }
            else if (_children.TryGetValue(token, out var child))
            {
                Reap(token, child.Process, child.Job);
            }
            else if (token == ReportToken)
            {
                _reports.Drain();
            }
        }
        catch (Exception failure)
        {
            _logger.ChildWatchFailed(failure);
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>False when that was the last: every writer has ended, and the map has it no more.</returns>
    private bool Read(StderrLog log)
    {
        if (log.Drain())
        {
            return true;
        }

        _logs.TryRemove(log.Token, out _);
        Interlocked.Add(ref _logsOfOne, log.IsOfOne ? -1 : 0);
        _epoll.Remove(log.Reader);
        log.Flush();
        log.Dispose();
        return false;
    }

    private void Reap(long token, ChildProcess process, ChildJob job)
    {
        ChildEnd? end;
        try
        {
            end = process.TryReap();
            if (end is null)
            {
                return;
            }
        }
        catch (LibcException lost)
        {
            _logger.ChildLost(process.Pid, job.Record.Service, lost.Message);
            end = new ChildEnd(null, null, TimeSpan.Zero, TimeSpan.Zero, null);
        }

        if (process.End is { IsClosed: false } descriptor)
        {
            _epoll.Remove(descriptor);
        }

        try
        {
            if (ProcessSession.HasGroup(process.Pid))
            {
                _left.Add(process.Pid);
            }

            // A last line without an end stands before the record, not glued to the first line of the next child.
            if (job.Errors is { } log && _logs.ContainsKey(log.Token) && Read(log))
            {
                log.Flush();
            }
        }
        finally
        {
            process.Dispose();
            Close(job, process.Pid, end);

            // Last: who waits for the end of all children may rely on their records.
            _unwatched.TryRemove(token, out _);
            _children.TryRemove(token, out _);
        }
    }

    private void Close(ChildJob job, int pid, ChildEnd end)
    {
        var record = job.Record;
        record.Usage = end;
        if (end.Status is { } status && _reports.Of(pid, status) is { } failure)
        {
            job.Fail(failure, _tally, _logger);
            return;
        }

        var how = end.Signal is { } signal ? $"by signal {SignalName.Of(signal)}"
            : end.Status is { } code ? $"with status {code}"
            : "with an unknown status";
        if (record.TimedOutBy is { } over)
        {
            _tally.Close(record, ConnectionEnd.TimedOut, $"of {over}, {how}", over);
        }
        else
        {
            _tally.Close(record, end.Signal is null ? ConnectionEnd.Exited : ConnectionEnd.Killed, how);
        }

        job.End(ran: true);
    }
}
