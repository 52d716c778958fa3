using System.Collections.Concurrent;
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
    // Only children for which no descriptor was left are asked about; the others report themselves.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<long, (ChildProcess Process, ConnectionRecord Record, StderrLog Log)> _children = new();
    private readonly ConcurrentDictionary<long, StderrLog> _logs = new();
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private TaskCompletionSource? _empty;
    private long _lastToken;
    private volatile bool _stop;

    public ChildWatch(ConnectionTally tally, ILogger logger)
    {
        _tally = tally;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "child watch" };
        _thread.Start();
    }

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ConnectionRecord Record)> Children =>
        _children.Values.Select(child => (child.Process, child.Record));

    /// <summary>Watches a child that was just started.</summary>
    public void Add(ChildProcess process, ConnectionRecord record, StderrLog log)
    {
        var token = Interlocked.Increment(ref _lastToken);
        _children[token] = (process, record, log);
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

        _epoll.Wake();
    }

    /// <summary>Reads the standard error of a service's children from now on.</summary>
    public void Add(StderrLog log)
    {
        var token = Interlocked.Increment(ref _lastToken);
        _logs[token] = log;
        _epoll.Add(log.Reader, token);
    }

    /// <summary>Completes when no child runs any more. No child may be added after the call.</summary>
    public Task WhenEmptyAsync()
    {
        var empty = _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_children.IsEmpty)
        {
            empty.TrySetResult();
        }

        return empty.Task;
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

        _epoll.Dispose();
    }

    private void Run()
    {
        var ready = new List<long>();
        while (!_stop)
        {
            var unwatched = _children.Where(child => child.Value.Process.End is not { IsClosed: false }).Select(child => child.Key).ToList();
            _epoll.Wait(unwatched.Count > 0 ? AskAgain : null, ready);
            foreach (var token in ready.Concat(unwatched))
            {
                if (_logs.TryGetValue(token, out var log))
                {
                    log.Drain();
                }
                else if (_children.TryGetValue(token, out var child))
                {
                    Reap(token, child.Process, child.Record, child.Log);
                }
            }
        }
    }

    private void Reap(long token, ChildProcess process, ConnectionRecord record, StderrLog log)
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
            _logger.ChildLost(process.Pid, record.Service, lost.Message);
            end = new ChildEnd(null, null, TimeSpan.Zero);
        }

        if (process.End is { IsClosed: false } descriptor)
        {
            _epoll.Remove(descriptor);
        }

        // A last line without an end stands before the record, not glued to the first line of the next child.
        log.Drain();
        log.Flush();
        process.Dispose();
        record.CpuTime = end.CpuTime;
        if (end.Signal is { } signal)
        {
            _tally.Close(record, ConnectionEnd.Killed, $"by signal {SignalName.Of(signal)}");
        }
        else
        {
            _tally.Close(record, ConnectionEnd.Exited, end.Status is { } status ? $"with status {status}" : "with an unknown status");
        }

        // Last: who waits for the end of all children may rely on their records.
        _children.TryRemove(token, out _);
        if (_children.IsEmpty)
        {
            _empty?.TrySetResult();
        }
    }
}
