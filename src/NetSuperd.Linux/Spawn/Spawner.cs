using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// Starts the children of the services that have a program: for a connection, with the sockets themselves, or as a server. No child is
/// started in another way.
/// </summary>
internal sealed class Spawner : IDisposable
{
    private readonly EventLoop _loop;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ChildWatch _watch;
    private readonly ChildStarts _starts;
    private readonly ChildStarts _startsWithoutBounds;
    private volatile bool _stopping;

    /// <param name="loop">Watches the ends of children and their output.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CallException">Descriptors for the watch could not be made.</exception>
    public Spawner(EventLoop loop, ConnectionTally tally, ILogger logger, TimeProvider time)
    {
        _loop = loop;
        _tally = tally;
        _logger = logger;
        _time = time;
        _watch = new ChildWatch(loop, tally, logger);
        Ends = new ChildEnds(_watch, tally, logger, time);
        _starts = new ChildStarts(loop, _watch, tally, logger, noBounds: false);
        _startsWithoutBounds = new ChildStarts(loop, _watch, tally, logger, noBounds: true);
    }

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ChildJob Job)> Children => _watch.Children;

    /// <summary>Ends and signals them.</summary>
    public ChildEnds Ends { get; }

    /// <summary>Why no child can be started; null where no reason is known.</summary>
    public string? TroubleOf(ChildProgram program) => StartsOf(program.HasNoBounds(ProcessIdentity.EffectiveUserId)).Trouble;

    /// <summary>Makes a service for a map that is going to be in force. No child runs for it before <see cref="Add"/>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="helper">The path of netsuperd-exec.</param>
    /// <param name="running">The service of that name in the map in force, whose log is kept where it fits.</param>
    /// <exception cref="CallException">A pipe could not be made, or the helper is not there.</exception>
    public ChildService Prepare(Service service, string helper, ChildService? running)
    {
        if (!FileStatus.IsExecutable(helper))
        {
            throw new CallException("execve", helper, FileStatus.Of(helper) is null ? Errno.ENOENT : Errno.EACCES);
        }

        var log = service.Program!.Stderr != ChildStderr.Log ? null
            : running?.Log is { } present && present.IsFor(service) ? present
            : new StderrLog(service, _logger, _time);
        var plan = new ChildPlan(service, helper);
        var children = new ChildService(_tally.Use(service.Name), plan, Share(plan), service.Admission, log);
        var plans = service.Clients.Select(rule => new ChildPlan(service with { Program = rule.Program }, helper));
        return children with { ByClient = [.. plans.Select(other => children with { Plan = other, Shared = Share(other) })] };
    }

    /// <summary>The map is in force: children may be started.</summary>
    public void Add(ChildService service, ChildService? before)
    {
        service.Log?.Enter();
        if (service.Log is { } log && log != before?.Log)
        {
            _watch.Logs.Add(log);
        }

        StartsOf(service.Plan).Open(service.Plan.Helper);
    }

    /// <summary>The map is no longer in force: the output of its children is read as long as they live.</summary>
    public static async Task RetireAsync(ChildService service)
    {
        service.Use.Leave();
        await service.Use.Unused.ConfigureAwait(false);
        service.Log?.Leave();
        foreach (var children in service.ByClient.Prepend(service))
        {
            children.Shared.Dispose();
        }
    }

    /// <summary>
    /// Whether too many starts are under way for another: then clients wait in the backlog, and the waiter is called when there is room.
    /// </summary>
    public bool MustWait(ChildService service, IWaitsForRoom waiter) => StartsOf(service.Plan).MustWait(waiter);

    /// <summary>Does something on the loop of the children.</summary>
    public void Post(ILoopWork work) => _loop.Post(work);

    /// <summary>Starts a child for a connection, after <see cref="MustWait"/> has returned false.</summary>
    public void Start(ChildService service, SafeHandle socket, string name, ConnectionRecord record) =>
        Start(new ChildJob { Service = service, Record = record, Sockets = [(socket, name)], Connection = socket });

    /// <summary>Queues a child that gets listening or datagram sockets themselves.</summary>
    /// <param name="service">The service.</param>
    /// <param name="sockets">The sockets, with their names.</param>
    /// <param name="record">The record of the child.</param>
    /// <param name="asked">Asks the child to end.</param>
    /// <returns>When it has ended: whether there was one.</returns>
    public async Task<bool> StartSharedAsync(
        ChildService service, IReadOnlyList<(SafeHandle Socket, string Name)> sockets, ConnectionRecord record, EndRequest asked)
    {
        var job = new ChildJob { Service = service, Record = record, Sockets = sockets };
        return await RunAsync(job, asked).ConfigureAwait(false);
    }

    /// <summary>Hears what a server tells of itself, until that is disposed of.</summary>
    /// <exception cref="CallException">No descriptor is left for it.</exception>
    public ServerNotices Hear(ChildService service, ServerRecord server) => new(server, service.Plan.UserId, _time);

    /// <summary>Queues a server.</summary>
    /// <param name="job">The server.</param>
    /// <param name="asked">Asks the server to end.</param>
    /// <returns>When it has ended: why it was not started; null: it was, or the daemon stops.</returns>
    public async Task<SpawnFailure?> ServeAsync(ChildJob job, EndRequest asked)
    {
        await RunAsync(job, asked).ConfigureAwait(false);
        return job.Failure;
    }

    /// <summary>Completes when the queued children have been started.</summary>
    public Task SettleAsync() => Task.WhenAll(_starts.WhenEmptyAsync(), _startsWithoutBounds.WhenEmptyAsync());

    /// <summary>Completes when, of the queued children, those have been started that get sockets of the map.</summary>
    public Task SettleSharingAsync() => Task.WhenAll(_starts.WhenSharingStartedAsync(), _startsWithoutBounds.WhenSharingStartedAsync());

    /// <summary>Starts the queued children, and no more after them.</summary>
    public Task FinishAsync()
    {
        QueueNoMore();
        return SettleAsync();
    }

    /// <summary>Takes no more children from now on.</summary>
    public void QueueNoMore() => _stopping = true;

    /// <summary>Completes when no child runs any more. After <see cref="FinishAsync"/>.</summary>
    public Task WhenEmptyAsync() => _watch.WhenEmptyAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        _starts.Dispose();
        _startsWithoutBounds.Dispose();
        _watch.Dispose();
    }

    private async Task<bool> RunAsync(ChildJob job, EndRequest asked)
    {
        Start(job);
        await Task.WhenAny(job.Ended, asked.Made).ConfigureAwait(false);
        if (!job.Ended.IsCompleted)
        {
            await Ends.EndAsync(job, asked).ConfigureAwait(false);
        }

        return await job.Ended.ConfigureAwait(false);
    }

    private void Start(ChildJob job)
    {
        if (_stopping)
        {
            job.Connection?.Dispose();
            job.Stop(_tally);
        }
        else
        {
            StartsOf(job.Service.Plan).Start(job);
        }
    }

    private SharedPlan Share(ChildPlan plan) => StartsOf(plan).Plans.Add(plan.Arguments, plan.Environment);

    private ChildStarts StartsOf(ChildPlan plan) => StartsOf(plan.HasNoBounds);

    private ChildStarts StartsOf(bool noBounds) => noBounds ? _startsWithoutBounds : _starts;
}
