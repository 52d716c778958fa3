using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>The children that are to be started: those that wait, and those that were requested from the fork server.</summary>
/// <remarks>
/// A child that was requested from a fork server, and was not reported by it before the fork server ended, has failed: it is not requested
/// again. Children that still wait here get the next fork server. Everything but <see cref="Open"/>, <see cref="Start"/>,
/// <see cref="WhenEmptyAsync"/> and <see cref="WhenSharingStartedAsync"/> is done on the loop.
/// </remarks>
internal sealed class ChildStarts : IWatcher, ILoopWork, IDisposable
{
    // Beyond this, clients can as well wait in the backlogs.
    private const int MostAtOnce = 64;

    private readonly Lock _lock = new();
    private readonly Queue<ChildJob> _waiting = new();
    private readonly Dictionary<long, ChildJob> _asked = [];
    private readonly HashSet<IWaitsForRoom> _waiters = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _empty = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _sharingStarted = new();
    private readonly EventLoop _loop;
    private readonly ChildWatch _watch;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly ForkServers _servers;
    private int _count;
    private int _sharing;

    /// <param name="loop">The loop.</param>
    /// <param name="watch">Watches the children that were started.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log.</param>
    /// <param name="noBounds">Whether the capability bounding set of the children is to be empty.</param>
    public ChildStarts(EventLoop loop, ChildWatch watch, ConnectionTally tally, ILogger logger, bool noBounds)
    {
        (_loop, _watch, _tally, _logger) = (loop, watch, tally, logger);
        _servers = new ForkServers(loop, this, logger, noBounds);
    }

    /// <summary>What the children of every service have in common, in memory that fork servers read.</summary>
    public PlanMemory Plans { get; } = new();

    /// <inheritdoc cref="ForkServers.Trouble"/>
    public string? Trouble => _servers.Trouble;

    /// <summary>How long the oldest unanswered request has waited; null where none waits.</summary>
    public TimeSpan? LongestAsked => _asked.Count == 0 ? null : Stopwatch.GetElapsedTime(_asked.Values.Min(job => job.Asked));

    /// <summary>Starts the fork server for a map with children, unless one runs.</summary>
    /// <param name="helper">The path of netsuperd-exec.</param>
    public void Open(string helper)
    {
        _servers.Helper = helper;
        _loop.Post(this);
    }

    /// <summary>Whether another start has to wait because too many are under way; the waiter is called when there is room.</summary>
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
        Count(job, 1);
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

    /// <summary>Completes when every child that was added before has been started or has failed.</summary>
    public Task WhenEmptyAsync() => WaitIn(_empty);

    /// <summary>Completes when those of them have been started, or have failed, that have no connection of their own.</summary>
    public Task WhenSharingStartedAsync() => WaitIn(_sharingStarted);

    /// <summary>Receives the answers of the fork server.</summary>
    public void Ready(Events events)
    {
        Receive(_servers.Current()!);
        Ask();
    }

    /// <summary>What was posted to the loop: a map, a child, or the last one.</summary>
    public void Run()
    {
        Ask();
        _servers.Current()?.PassDescriptorLimit();
    }

    /// <summary>Ends the fork server. After the loop has ended.</summary>
    public void Dispose()
    {
        _servers.Dispose();
        Plans.Dispose();
    }

    /// <summary>Requests the waiting children in their order, as long as there is room.</summary>
    public void Ask()
    {
        while (Next() is { } job && _servers.Current() is { } server)
        {
            Errno? failure;
            try
            {
                failure = Ask(server, job);
            }
            catch (ObjectDisposedException) when (job.Connection is null)
            {
                // The stop has closed the listener meanwhile.
                Dequeue();
                Drop(job);
                continue;
            }
            catch (Exception none)
            {
                // Any failure costs this child only; the next one is requested.
                failure = (none as CallException)?.Errno ?? Errno.ENOMEM;
            }

            if ((failure is Errno.EAGAIN or Errno.ENOBUFS or Errno.ETOOMANYREFS && _asked.Count > 0)
                || failure is Errno.EPIPE or Errno.ECONNRESET)
            {
                // An answer makes room; or the fork server has ended, which is noticed soon, and the next one gets the request.
                break;
            }

            Dequeue();
            if (failure is { } errno)
            {
                Fail(job, errno);
            }
        }

        TellWaiters();
    }

    /// <summary>
    /// The fork server has ended: receives the answers that it has sent, and the child that it started without an answer.
    /// </summary>
    /// <returns>The other children that were requested from it.</returns>
    public List<ChildJob> TakeAsked(ForkServer ended)
    {
        Receive(ended);
        if (ended.TakeUnsaid(_asked.ContainsKey) is { } unsaid)
        {
            Take(unsaid);
        }

        var lost = _asked.Values.ToList();
        _asked.Clear();
        return lost;
    }

    /// <summary>Removes the children that were not requested from a fork server.</summary>
    public List<ChildJob> TakeWaiting()
    {
        lock (_lock)
        {
            var waiting = _waiting.ToList();
            _waiting.Clear();
            return waiting;
        }
    }

    /// <summary>A child could not be started.</summary>
    /// <param name="job">The child.</param>
    /// <param name="errno">Why not.</param>
    /// <param name="isNews">Whether the log does not have this failure yet.</param>
    public void Fail(ChildJob job, Errno errno, bool isNews = true)
    {
        GiveBack(job);
        _tally.Start(job.Record);
        job.Fail(new SpawnFailure(SpawnFailure.Spawn, errno), _tally, isNews ? _logger : null);
    }

    private Task WaitIn(ConcurrentQueue<TaskCompletionSource> queue)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Enqueue(waiting);
        _loop.Post(this);
        return waiting.Task;
    }

    private void Count(ChildJob job, int change)
    {
        Interlocked.Add(ref _count, change);
        if (job.Connection is null)
        {
            Interlocked.Add(ref _sharing, change);
        }
    }

    private ChildJob? Next()
    {
        lock (_lock)
        {
            return _waiting.TryPeek(out var job) ? job : null;
        }
    }

    private void Dequeue()
    {
        lock (_lock)
        {
            _waiting.Dequeue();
        }
    }

    private Errno? Ask(ForkServer server, ChildJob job)
    {
        var (service, record) = (job.Service, job.Record);
        var variables = service.Plan.Variables(record, job.Sockets, job.Notices?.Name);
        if (variables.Bytes.Length > ForkServer.MostVariableBytes)
        {
            job.OwnPlan ??= Plans.Add(service.Plan.Arguments, [.. service.Plan.Environment, .. variables.Texts]);
            variables = new ChildVariables();
        }

        job.Errors ??= _watch.Logs.Open(service, record);
        var descriptors = service.Plan.Descriptors(job.Sockets, job.Errors?.Writer, _servers.Nothing, _watch.Report);
        if (server.TryStart(record.Id, job.OwnPlan ?? service.Shared, variables.Bytes, variables.Count, descriptors) is { } failure)
        {
            return failure;
        }

        _asked[record.Id] = job;
        job.Asked = Stopwatch.GetTimestamp();
        _servers.CheckLater();
        if (job.Errors is { IsOfOne: true } own)
        {
            // The child and its descendants are the only writers: the pipe ends with them.
            own.Writer.Dispose();
        }

        if (job.Lingering is null)
        {
            job.Connection?.Dispose();
        }

        return null;
    }

    private void Receive(ForkServer server)
    {
        while (server.TryReceive(out var answer))
        {
            _servers.Answered();
            Take(answer);
        }
    }

    private void Take(in ForkAnswer answer)
    {
        if (!_asked.Remove(answer.Id, out var job))
        {
            // The answer is about the end of a child whose parent is the fork server.
            _watch.Reap(answer.Child!);
        }
        else if (answer.Child is { } child)
        {
            Count(job, -1);
            job.Record.Pid = child.Pid;
            _tally.Start(job.Record);
            _tally.Begin(job.Record);
            _watch.Add(child, job);
            job.Notices?.Begin(child.Pid);
            job.Server?.NoteStart();
            if (job.Record.IsAborted)
            {
                ChildWatch.Abort(child, job.Record);
            }
        }
        else
        {
            Fail(job, answer.Error);
        }
    }

    private void Drop(ChildJob job)
    {
        GiveBack(job);
        job.Stop(_tally);
    }

    private void GiveBack(ChildJob job)
    {
        Count(job, -1);
        _watch.Logs.Drop(job.Errors);
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

        while (_count == 0 && _empty.TryDequeue(out var empty))
        {
            empty.SetResult();
        }

        while (_sharing == 0 && _sharingStarted.TryDequeue(out var started))
        {
            started.SetResult();
        }
    }
}
