using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>Has the fork server start children, and starts another fork server where one has ended.</summary>
/// <remarks>
/// A child that was asked for and of which the fork server has said nothing when it ends has failed: it may have run, and is not asked for again. Those that still
/// wait here get the next fork server. One that is stopped, or says nothing for long, is ended.
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
    private readonly HashSet<int> _ended = [];
    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
    private readonly EventLoop _loop;
    private readonly ChildWatch _watch;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly Timer _look;
    private ForkServer? _server;
    private long _token;
    private string _helper = "";
    private TaskCompletionSource? _empty;
    private bool _isLooking;
    private bool _isDisposed;

    public ChildStarts(EventLoop loop, ChildWatch watch, ConnectionTally tally, ILogger logger)
    {
        (_loop, _watch, _tally, _logger) = (loop, watch, tally, logger);
        _look = new Timer(_ => _loop.Post(this));
    }

    /// <summary>What children of every service have in common, where fork servers read it.</summary>
    public PlanMemory Plans { get; } = new();

    /// <summary>Whether so many children wait here or are asked for that no more should come; the waiter is called when there is room.</summary>
    public bool MustWait(IWaitsForRoom waiter)
    {
        lock (_lock)
        {
            if (HasRoom)
            {
                return false;
            }

            _waiters.Add(waiter);
            return true;
        }
    }

    /// <summary>Starts the fork server, unless one runs. A failure is left to the first child, which tries again.</summary>
    /// <param name="helper">The path of netsuperd-exec.</param>
    public void Open(string helper)
    {
        lock (_lock)
        {
            _helper = helper;
            try
            {
                _ = Server();
            }
            catch (LibcException)
            {
                // A descriptor or a process may be free again when a child needs it.
            }
        }
    }

    /// <summary>Starts a child as soon as there is room for it.</summary>
    public void Start(ChildJob job)
    {
        lock (_lock)
        {
            _waiting.Enqueue(job);
            Ask();
            TellWaiters();
        }
    }

    /// <summary>Completes when every child is there or has failed. None may be started after the call.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TellWaiters();
            return _empty.Task;
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        lock (_lock)
        {
            Receive();
            Ask();
            TellWaiters();
        }
    }

    /// <summary>Looks after a fork server that owes answers: whether it is stopped, or hangs.</summary>
    public void Run()
    {
        lock (_lock)
        {
            _isLooking = false;
            if (_isDisposed || _asked.Count == 0 || _server is not { } server)
            {
                return;
            }

            if (ProcessSession.IsStopped(server.Process.Pid) || Stopwatch.GetElapsedTime(_asked.Values.Min(job => job.Asked)) > Patience)
            {
                // The end of its socket comes after the last answer, also after that of a child that is only just there.
                server.Process.Kill();
            }

            LookLater();
        }
    }

    /// <summary>Ends the fork server. After the loop has ended.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _look.Dispose();
            if (_server is { } server)
            {
                server.Process.Kill();
                server.Process.Reap();
                server.Dispose();
            }

            _nothing.Dispose();
            Plans.Dispose();
        }
    }

    /// <summary>Asks for those that wait, in their order, as long as there is room.</summary>
    private void Ask()
    {
        while (_waiting.TryPeek(out var job))
        {
            Errno? failure;
            try
            {
                failure = Ask(job);
            }
            catch (LibcException none)
            {
                failure = none.Errno;
            }
            catch (ObjectDisposedException)
            {
                // The stop has closed the listener in the meantime.
                _waiting.Dequeue();
                Drop(job);
                continue;
            }

            if (failure is Errno.EAGAIN or Errno.ENOBUFS or Errno.ETOOMANYREFS && _asked.Count > 0)
            {
                // An answer makes room.
                return;
            }

            if (failure is Errno.EPIPE or Errno.ECONNRESET)
            {
                // This request has not reached it, and the next one gets it.
                Receive();
                continue;
            }

            _waiting.Dequeue();
            if (failure is { } errno)
            {
                Fail(job, errno);
            }
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

        job.Errors ??= _watch.HasRoomForLog ? service.Log?.For(record) : service.Log;
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
            _watch.Add(own);
        }

        job.Connection?.Dispose();
        return null;
    }

    private ForkServer Server()
    {
        if (_server is null)
        {
            var server = ForkServer.Start(_helper, Plans);
            _token = _loop.Watch(server.Answers, this, Events.Read);
            _server = server;
        }

        return _server;
    }

    private void Receive()
    {
        while (_server is { } server)
        {
            if (server.TryReceive(out var answer))
            {
                Take(answer);
                if (_asked.Count == 0)
                {
                    return;
                }
            }
            else if (server.HasEnded)
            {
                End(server);
            }
            else
            {
                return;
            }
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
            job.Record.Pid = child.Pid;
            _tally.Start(job.Record);
            _watch.Add(child, job);
        }
        else
        {
            Fail(job, answer.Error);
        }
    }

    /// <summary>Lets go of a fork server that has ended. What was asked of it and not answered is lost.</summary>
    private void End(ForkServer server)
    {
        _server = null;
        _loop.Forget(server.Answers, _token);
        server.Process.Kill();
        _ended.Add(server.Process.Pid);
        _ = ReapAsync(server);
        var lost = _asked.Values.ToList();
        _asked.Clear();
        _logger.ForkServerEnded(server.Process.Pid, lost.Count);
        lost.ForEach(job => Fail(job, Errno.ECONNRESET));
    }

    /// <summary>Reaps a fork server that was killed, and copies of it that were killed before they could say that they are there.</summary>
    private async Task ReapAsync(ForkServer server)
    {
        try
        {
            await server.Process.WhenEndedAsync(CancellationToken.None).ConfigureAwait(false);
            var killed = LostChildren.Find(Path.GetFileName(_helper));
            lock (_lock)
            {
                server.Process.Reap();

                // What has said so before it was killed is known after this.
                Receive();
                foreach (var pid in killed.Where(pid => !_ended.Contains(pid) && !_watch.Knows(pid)))
                {
                    LostChildren.Reap(pid);
                }

                _ended.Remove(server.Process.Pid);
            }
        }
        catch (Exception failure) when (failure is LibcException or IOException)
        {
            _logger.ChildWatchFailed(failure);
        }
        finally
        {
            server.Dispose();
        }
    }

    private void Fail(ChildJob job, Errno errno)
    {
        job.Errors?.Forgo();
        job.Connection?.Dispose();
        _tally.Start(job.Record);
        job.Fail(new SpawnFailure(SpawnFailure.Spawn, errno), _tally, _logger);
    }

    /// <summary>Ends a job whose child is not to be started any more.</summary>
    public void Drop(ChildJob job)
    {
        job.Errors?.Forgo();
        job.Connection?.Dispose();
        _tally.Close(job.Record, ConnectionEnd.Stopped);
        job.End(ran: false);
    }

    private void LookLater()
    {
        if (!_isLooking)
        {
            _isLooking = true;
            _look.Change(LookAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private void TellWaiters()
    {
        if (HasRoom)
        {
            foreach (var waiter in _waiters)
            {
                waiter.RoomMade();
            }

            _waiters.Clear();
        }

        if (_waiting.Count == 0 && _asked.Count == 0)
        {
            _empty?.TrySetResult();
        }
    }

    private bool HasRoom => _waiting.Count + _asked.Count < MostAtOnce;
}
