using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>Has the fork server start children, and starts another fork server where one has ended.</summary>
/// <remarks>
/// A child that was asked for, and of which a fork server has said nothing when it ends, has failed: it is not asked for again. Those that still wait here
/// get the next fork server. One that is stopped, or says nothing for long, is killed. Everything but <see cref="Open"/>, <see cref="Start"/> and
/// <see cref="WhenEmptyAsync"/> is done on the loop.
/// </remarks>
internal sealed class ChildStarts : IWatcher, ILoopWork, IDisposable
{
    // More would only wait here what can as well wait in the backlogs.
    private const int MostAtOnce = 64;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<ChildJob> _waiting = new();
    private readonly Dictionary<long, ChildJob> _asked = [];
    private readonly HashSet<IWaitsForRoom> _waiters = [];
    private readonly List<ForkServer> _ended = [];
    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EventLoop _loop;
    private readonly ChildWatch _watch;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly bool _noBounds;
    private readonly Timer _look;
    private readonly ServerEnd _end;
    private volatile string? _helper;
    private volatile bool _isFinishing;
    private ForkServer? _server;
    private long _answerToken;
    private long _endToken;
    private bool _hasAnswered;
    private bool _isLooking;
    private int _count;

    /// <param name="loop">The loop.</param>
    /// <param name="watch">Where the children go that were started.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log.</param>
    /// <param name="noBounds">Whether the capability bounding set of the children is to be empty.</param>
    public ChildStarts(EventLoop loop, ChildWatch watch, ConnectionTally tally, ILogger logger, bool noBounds)
    {
        (_loop, _watch, _tally, _logger, _noBounds) = (loop, watch, tally, logger, noBounds);
        _end = new ServerEnd(this);
        _look = new Timer(_ => _loop.Post(this));
    }

    /// <summary>What children of every service have in common, where fork servers read it.</summary>
    public PlanMemory Plans { get; } = new();

    /// <summary>A map with children is in force: starts the fork server, unless one runs.</summary>
    /// <param name="helper">The path of netsuperd-exec.</param>
    public void Open(string helper)
    {
        _helper = helper;
        _loop.Post(this);
    }

    /// <summary>Whether so many starts are under way that another one has to wait; the waiter is called when there is room.</summary>
    public bool MustWait(IWaitsForRoom waiter)
    {
        var mustWait = _count >= MostAtOnce;
        if (mustWait)
        {
            _waiters.Add(waiter);
        }

        return mustWait;
    }

    /// <summary>Starts a child as soon as there is room for it.</summary>
    public void Start(ChildJob job)
    {
        Interlocked.Increment(ref _count);
        lock (_lock)
        {
            _waiting.Enqueue(job);
        }

        if (_loop.IsCurrent)
        {
            Ask();
        }
        else
        {
            _loop.Post(this);
        }
    }

    /// <summary>Completes when every child is there or has failed. None may be started after the call.</summary>
    public Task WhenEmptyAsync()
    {
        _isFinishing = true;
        _loop.Post(this);
        return _empty.Task;
    }

    /// <summary>Takes the answers of the fork server.</summary>
    public void Ready(Events events)
    {
        Receive();
        Ask();
    }

    /// <summary>What was posted to the loop: a map, a child, the last one, or a look after a fork server that owes answers.</summary>
    public void Run()
    {
        Look();
        Ask();
        try
        {
            _server?.FitDescriptors();
            _ = _helper is null ? null : Server();
        }
        catch (LibcException)
        {
            // A descriptor or a process may be free again when a child needs it.
        }
    }

    /// <summary>Ends the fork server. After the loop has ended.</summary>
    public void Dispose()
    {
        _look.Dispose();
        if (_server is { } server)
        {
            server.Process.Kill();
            try
            {
                server.Process.Reap();
            }
            catch (LibcException)
            {
                // Another process has reaped it.
            }

            server.Dispose();
        }

        _nothing.Dispose();
        Plans.Dispose();
    }

    /// <summary>Asks for those that wait, in their order, as long as there is room.</summary>
    private void Ask()
    {
        while (Next() is { } job)
        {
            Errno? failure;
            try
            {
                failure = Ask(job);
            }
            catch (ObjectDisposedException) when (job.Connection is null)
            {
                // The stop has closed the listener in the meantime.
                Leave();
                Drop(job);
                continue;
            }
            catch (Exception none)
            {
                // Whatever it is, it costs this child only: the next one is asked for.
                failure = (none as LibcException)?.Errno ?? Errno.ENOMEM;
            }

            if ((failure is Errno.EAGAIN or Errno.ENOBUFS or Errno.ETOOMANYREFS && _asked.Count > 0) || failure is Errno.EPIPE or Errno.ECONNRESET)
            {
                // An answer makes room, or the end of the fork server, which is known soon, gives it to the next one.
                break;
            }

            Leave();
            if (failure is { } errno)
            {
                Fail(job, errno);
            }
        }

        TellWaiters();
    }

    private ChildJob? Next()
    {
        lock (_lock)
        {
            return _waiting.TryPeek(out var job) ? job : null;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _waiting.Dequeue();
        }
    }

    private Errno? Ask(ChildJob job)
    {
        var (service, record) = (job.Service, job.Record);
        var server = Server();
        var variables = service.Plan.Variables(record, job.Sockets);
        if (variables.Bytes.Length > ForkServer.MostVariableBytes)
        {
            job.OwnPlan ??= Plans.Add(service.Plan.Arguments, [.. service.Plan.Environment, .. variables.Texts]);
            variables = new ChildVariables();
        }

        job.Errors ??= _watch.LogFor(service, record);
        var descriptors = service.Plan.Descriptors(job.Sockets, job.Errors?.Writer, _nothing, _watch.Report);
        if (server.TryStart(record.Id, job.OwnPlan ?? service.Shared, variables.Bytes, variables.Count, descriptors) is { } failure)
        {
            return failure;
        }

        _asked[record.Id] = job;
        job.Asked = Stopwatch.GetTimestamp();
        LookLater();
        if (job.Errors is { IsOfOne: true } own)
        {
            // The child and its descendants are the only writers: their end is the end of the pipe.
            own.Writer.Dispose();
        }

        job.Connection?.Dispose();
        return null;
    }

    private ForkServer Server()
    {
        if (_server is null)
        {
            var server = ForkServer.Start(_helper!, Plans, _nothing, _noBounds);
            try
            {
                _answerToken = _loop.Watch(server.Answers, this, Events.Read);
                _endToken = _loop.Watch(server.Process.End!, _end, Events.Read);
            }
            catch (LibcException)
            {
                server.Process.Kill();
                server.Process.Reap();
                server.Dispose();
                throw;
            }

            (_server, _hasAnswered) = (server, false);
        }

        return _server;
    }

    private void Receive()
    {
        while (_server!.TryReceive(out var answer))
        {
            _hasAnswered = true;
            Take(answer);
        }
    }

    private void Take(in ForkAnswer answer)
    {
        if (!_asked.Remove(answer.Id, out var job))
        {
            // A child of the fork server itself has ended.
            _watch.Reap(answer.Child!);
        }
        else if (answer.Child is { } child)
        {
            Interlocked.Decrement(ref _count);
            job.Record.Pid = child.Pid;
            _tally.Start(job.Record);
            _watch.Add(child, job);
        }
        else
        {
            Fail(job, answer.Error);
        }
    }

    /// <summary>Lets go of a fork server that has ended. What was asked of it and is not there is lost.</summary>
    private void End(ForkServer server)
    {
        Receive();
        if (server.TakeUnsaid(_asked.ContainsKey) is { } unsaid)
        {
            Take(unsaid);
        }

        _server = null;
        _loop.Forget(server.Answers, _answerToken);
        _loop.Forget(server.Process.End!, _endToken);
        _ended.Add(server);
        _ended.RemoveAll(IsGone);
        var lost = _asked.Values.ToList();
        _asked.Clear();
        if (!_hasAnswered && lost.Count == 0 && Next() is { } first)
        {
            // Or fork servers that cannot live would follow each other without end.
            Leave();
            lost.Add(first);
        }

        _logger.ForkServerEnded(server.Process.Pid, lost.Count);
        lost.ForEach(job => Fail(job, Errno.ECONNRESET));
        Ask();
    }

    private void Look()
    {
        _isLooking = false;
        _ended.RemoveAll(IsGone);
        if (_asked.Count > 0 && _server is { } server)
        {
            var oldest = Stopwatch.GetElapsedTime(_asked.Values.Min(job => job.Asked));
            if (oldest > Patience || (oldest >= LookAgain && IsStopped(server)))
            {
                server.Process.Kill();
            }
        }

        if (_asked.Count + _ended.Count > 0)
        {
            LookLater();
        }
    }

    private static bool IsStopped(ForkServer server)
    {
        try
        {
            return ProcessSession.IsStopped(server.Process.Pid);
        }
        catch (IOException)
        {
            // No descriptor to look with: the next look tells.
            return false;
        }
    }

    /// <summary>Reaps a fork server that has ended. A debugger that holds it is asked first by the kernel.</summary>
    private static bool IsGone(ForkServer server)
    {
        try
        {
            if (server.Process.TryReap() is null)
            {
                return false;
            }
        }
        catch (LibcException)
        {
            // Another process has reaped it.
        }

        server.Dispose();
        return true;
    }

    private void LookLater()
    {
        if (!_isLooking)
        {
            _isLooking = true;
            _look.Change(LookAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fail(ChildJob job, Errno errno)
    {
        Forgo(job);
        _tally.Start(job.Record);
        job.Fail(new SpawnFailure(SpawnFailure.Spawn, errno), _tally, _logger);
    }

    private void Drop(ChildJob job)
    {
        Forgo(job);
        job.Stop(_tally);
    }

    private void Forgo(ChildJob job)
    {
        Interlocked.Decrement(ref _count);
        _watch.Forgo(job.Errors);
        job.Connection?.Dispose();
    }

    private void TellWaiters()
    {
        if (_count < MostAtOnce)
        {
            foreach (var waiter in _waiters)
            {
                waiter.RoomMade();
            }

            _waiters.Clear();
        }

        if (_isFinishing && _count == 0)
        {
            _empty.TrySetResult();
        }
    }

    private sealed class ServerEnd(ChildStarts starts) : IWatcher
    {
        public void Ready(Events events) => starts.End(starts._server!);
    }
}
