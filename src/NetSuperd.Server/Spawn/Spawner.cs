using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>
/// Starts a child for each connection of the services that have a program, and ends them at the stop. The only spawn path.
/// </summary>
internal sealed class Spawner : IDisposable
{
    private static readonly TimeSpan TimeOutGrace = TimeSpan.FromSeconds(5);

    private const int MostKills = 20;
    private static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ChildWatch _watch;
    private readonly ChildStarts _starts;
    private readonly ChildStarts _startsWithoutBounds;
    private volatile bool _stopping;
    private volatile IReadOnlySet<int>? _taken;

    /// <param name="loop">Watches the ends of children and their output.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="LibcException">Descriptors for the watch could not be made.</exception>
    public Spawner(EventLoop loop, ConnectionTally tally, ILogger logger, TimeProvider time)
    {
        _loop = loop;
        _tally = tally;
        _logger = logger;
        _time = time;
        _watch = new ChildWatch(loop, tally, logger);
        _starts = new ChildStarts(loop, _watch, tally, logger, noBounds: false);
        _startsWithoutBounds = new ChildStarts(loop, _watch, tally, logger, noBounds: true);
    }

    /// <summary>The children that run.</summary>
    public IEnumerable<(ChildProcess Process, ChildJob Job)> Children => _watch.Children;

    /// <summary>Why no child can be started; null where no reason is known.</summary>
    public string? TroubleOf(ChildProgram program) => StartsOf(program.HasNoBounds).Trouble;

    /// <summary>Makes a service for a map that is going to be in force. No child runs for it before <see cref="Add"/>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="helper">The path of netsuperd-exec.</param>
    /// <param name="running">The service of that name in the map in force, whose log is kept where it fits.</param>
    /// <exception cref="LibcException">A pipe could not be made, or the helper is not there.</exception>
    public ChildService Prepare(Service service, string helper, ChildService? running)
    {
        if (!FileStatus.IsExecutable(helper))
        {
            throw new LibcException("execve", helper, FileStatus.Of(helper) is null ? Errno.ENOENT : Errno.EACCES);
        }

        var log = service.Program!.Stderr != ChildStderr.Log ? null
            : running?.Log is { } present && present.Fits(service) ? present
            : new StderrLog(service, _logger, _time);
        var plan = new ChildPlan(service, helper);
        return new ChildService(
            _tally.Use(service.Name), plan, StartsOf(plan).Plans.Add(plan.Arguments, plan.Environment), service.Admission, log);
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
        service.Shared.Dispose();
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
    /// <exception cref="LibcException">No descriptor is left for it.</exception>
    public ServerNotices Hear(ChildService service, ServerRecord server) => new(_loop, server, service.Plan.UserId, _time);

    /// <summary>Queues a server.</summary>
    /// <param name="job">The server.</param>
    /// <param name="asked">Asks the server to end.</param>
    /// <returns>When it has ended: why it was not started; null: it was, or the daemon stops.</returns>
    public async Task<SpawnFailure?> ServeAsync(ChildJob job, EndRequest asked)
    {
        await RunAsync(job, asked).ConfigureAwait(false);
        return job.Failure;
    }

    /// <summary>Ends what a server has left in its session: it may keep a port or a file that the next server needs.</summary>
    /// <param name="leader">Its process, which has ended.</param>
    public async Task EndLeftAsync(int leader)
    {
        var began = _time.GetTimestamp();
        var isAsked = false;
        for (var kills = 0; kills < MostKills && _watch.HasLeft(leader);)
        {
            var isOver = _time.GetElapsedTime(began) >= TimeOutGrace;
            if (isOver || !isAsked)
            {
                // One TERM: many programs take a second one as a request to end at once.
                _watch.SignalLeft(leader, isOver ? SignalName.SIGKILL : SignalName.SIGTERM);
                isAsked = true;
            }

            kills += isOver ? 1 : 0;
            await Task.Delay(KillAgain, _time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>The successor ends and signals these processes, which have sockets of the map, itself from now on, and no others.</summary>
    public void LeaveTo(IReadOnlySet<int> taken) => _taken = taken;

    /// <summary>The children of a service that each have a connection, and those of which a successor does not know.</summary>
    private List<(ChildProcess Process, ChildJob Job)> OfConnections(string service) => [.. Children.Where(child =>
        child.Job.Record.Service == service
        && (child.Job.Connection is not null || (_taken is { } taken && !taken.Contains(child.Process.Pid))))];

    private async Task<bool> RunAsync(ChildJob job, EndRequest asked)
    {
        Start(job);
        await Task.WhenAny(job.Ended, asked.Made).ConfigureAwait(false);
        if (!job.Ended.IsCompleted)
        {
            await EndAsync(job, asked).ConfigureAwait(false);
        }

        return await job.Ended.ConfigureAwait(false);
    }

    /// <summary>Completes when the queued children have been started.</summary>
    public Task SettleAsync() => Task.WhenAll(_starts.WhenEmptyAsync(), _startsWithoutBounds.WhenEmptyAsync());

    /// <summary>Starts the queued children, and no more after them.</summary>
    public Task FinishAsync()
    {
        _stopping = true;
        return SettleAsync();
    }

    /// <summary>Completes when no child runs any more. After <see cref="FinishAsync"/>.</summary>
    public Task WhenEmptyAsync() => _watch.WhenEmptyAsync();

    /// <summary>
    /// Asks the children to end that have exceeded a time limit of their service, and kills those that have not ended some seconds later.
    /// The system tells how long a connection has been idle, since the daemon has no copy of it.
    /// </summary>
    public void TimeOut()
    {
        foreach (var (process, job) in _watch.Children)
        {
            var record = job.Record;
            var age = _tally.AgeOf(record);
            if (record.TimedOutBy is null && job.Service.Admission.ExceededTime(age, hasSent: true, () => job.IdleAt(age)) is { } key)
            {
                (record.TimedOutBy, job.TimedOutAt) = (key, age);
                process.SignalGroup(job.Service.Plan.StopSignal);
            }
            else if (record.TimedOutBy is not null && age - job.TimedOutAt > TimeOutGrace)
            {
                _logger.ChildOverstays(process.Pid, record.Service, record.TimedOutBy);
                job.TimedOutAt = age;
                Kill(process);
            }
        }
    }

    /// <summary>Asks the children of a service that each have a connection to end, and kills those that have not after a time.</summary>
    public async Task EndConnectionsAsync(string service, TimeSpan drain)
    {
        // The children of clients that were accepted just before are being started.
        await SettleAsync().ConfigureAwait(false);
        await Task.WhenAll(OfConnections(service).Select(child => EndAsync(child.Job, Within(drain)))).ConfigureAwait(false);
    }

    /// <summary>Signals the children of a service alone, and not their sessions.</summary>
    /// <param name="service">The service.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="all">Whether those that share a socket, and servers, get it as well.</param>
    /// <returns>The number of children that were signalled.</returns>
    public int Signal(string service, int signal, bool all) => (all ? Children.Where(child => child.Job.Record.Service == service)
        : OfConnections(service)).Count(child => child.Process.Signal(signal));

    /// <summary>
    /// Kills the child of a connection with its session at once, and resets the connection. A child that is just being started is killed
    /// when its process is known.
    /// </summary>
    public void Abort(ConnectionRecord record)
    {
        record.IsAborted = true;
        foreach (var (process, _) in Children.Where(child => child.Job.Record.Id == record.Id))
        {
            ChildWatch.Abort(process, record);
        }
    }

    /// <summary>Asks the servers to end, and kills after the drain time those that have not. After <see cref="FinishAsync"/>.</summary>
    public async Task StopServersAsync(TimeSpan drain, CancellationToken now)
    {
        var servers = _watch.Children.Where(child => child.Job.Service.Plan.IsServer).ToList();
        await Task.WhenAll(servers.Select(child => EndAsync(child.Job, Within(drain)))).WaitAsync(now)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        servers.ForEach(child => Kill(child.Process));
    }

    /// <summary>Asks the children to end, and kills them after the drain time. After <see cref="FinishAsync"/>.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        _stopping = true;
        _watch.SignalAll(signal: null);
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

            // Repeated, since a process that is being forked during one pass is found in the next.
            for (var killed = 0; killed < MostKills && !_watch.WhenEmptyAsync().IsCompleted; killed++)
            {
                _watch.SignalAll(SignalName.SIGKILL);
                await Task.WhenAny(_watch.WhenEmptyAsync(), Task.Delay(KillAgain, _time, CancellationToken.None)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Kills every child and its session, without waiting.</summary>
    public void KillAll() => _watch.SignalAll(SignalName.SIGKILL);

    /// <inheritdoc/>
    public void Dispose()
    {
        _starts.Dispose();
        _startsWithoutBounds.Dispose();
        _watch.Dispose();
    }

    /// <summary>
    /// Asks a child to end, with all processes of its session, which have its sockets as well, and kills after a time those that have not
    /// ended.
    /// </summary>
    private async Task EndAsync(ChildJob job, EndRequest asked)
    {
        job.WasAsked = true;
        var (began, kills) = (_time.GetTimestamp(), 0);
        ChildProcess? child = null;
        while (!job.Ended.IsCompleted || (child is not null && _watch.HasLeft(child.Pid)))
        {
            var isOver = _time.GetElapsedTime(began) >= asked.Drain;
            if (child is null)
            {
                // The child may still be queued.
                child = _watch.Children.FirstOrDefault(running => running.Job == job).Process;
                _ = child is null || _watch.Signal(child, job.Service.Plan.StopSignal);
                _ = child is not null && asked.Deliver();
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

    private static EndRequest Within(TimeSpan drain)
    {
        var asked = new EndRequest();
        asked.Make(drain);
        return asked;
    }

    private static void Kill(ChildProcess process) => process.SignalGroup(SignalName.SIGKILL);

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

    private ChildStarts StartsOf(ChildPlan plan) => StartsOf(plan.HasNoBounds);

    private ChildStarts StartsOf(bool noBounds) => noBounds ? _startsWithoutBounds : _starts;
}
