using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>Asks children to end, and kills those that do not; signals them.</summary>
/// <param name="watch">Has the children that run.</param>
/// <param name="tally">Keeps the records.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class ChildEnds(ChildWatch watch, ConnectionTally tally, ILogger logger, TimeProvider time)
{
    private const int MostKills = 20;
    private static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TimeOutGrace = TimeSpan.FromSeconds(5);

    private volatile IReadOnlySet<int>? _taken;

    /// <summary>
    /// Asks a child to end, with all processes of its session, which have its sockets as well, and kills after a time those that have not
    /// ended.
    /// </summary>
    public async Task EndAsync(ChildJob job, EndRequest asked)
    {
        job.WasAsked = true;
        var (began, kills) = (time.GetTimestamp(), 0);
        ChildProcess? child = null;
        while (!job.Ended.IsCompleted || (child is not null && watch.HasLeft(child.Pid)))
        {
            var isOver = time.GetElapsedTime(began) >= asked.Drain;
            if (child is null)
            {
                // The child may still be queued.
                child = watch.Children.FirstOrDefault(running => running.Job == job).Process;
                _ = child is null || watch.Signal(child, job.Service.Plan.StopSignal);
                _ = child is not null && asked.Deliver();
            }
            else if (isOver)
            {
                if (kills == 0)
                {
                    logger.ChildKilled(child.Pid, job.Record.Service);
                }
                else if (kills >= MostKills)
                {
                    return;
                }

                kills++;
                _ = watch.Signal(child, SignalName.SIGKILL);
            }

            await (job.Ended.IsCompleted
                ? Task.Delay(KillAgain, time, CancellationToken.None)
                : Task.WhenAny(job.Ended, Task.Delay(KillAgain, time, CancellationToken.None))).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what a server has left in its session: it may keep a port or a file that the next server needs.</summary>
    /// <param name="leader">Its process, which has ended.</param>
    public async Task EndLeftAsync(int leader)
    {
        var began = time.GetTimestamp();
        var isAsked = false;
        for (var kills = 0; kills < MostKills && watch.HasLeft(leader);)
        {
            var isOver = time.GetElapsedTime(began) >= TimeOutGrace;
            if (isOver || !isAsked)
            {
                // One TERM: many programs take a second one as a request to end at once.
                watch.SignalLeft(leader, isOver ? SignalName.SIGKILL : SignalName.SIGTERM);
                isAsked = true;
            }

            kills += isOver ? 1 : 0;
            await Task.Delay(KillAgain, time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>The successor ends and signals these processes, which have sockets of the map, itself from now on, and no others.</summary>
    public void LeaveTo(IReadOnlySet<int> taken) => _taken = taken;

    /// <summary>
    /// Asks the children to end that have exceeded a time limit of their service, and kills those that have not ended some seconds later.
    /// The system tells how long a connection has been idle, since the daemon has no copy of it.
    /// </summary>
    public void TimeOut()
    {
        foreach (var (process, job) in watch.Children)
        {
            var record = job.Record;
            var age = tally.AgeOf(record);
            if (record.TimedOutBy is null && job.Service.Admission.ExceededTime(age, hasSent: true, () => job.IdleAt(age)) is { } key)
            {
                (record.TimedOutBy, job.TimedOutAt) = (key, age);
                process.SignalGroup(job.Service.Plan.StopSignal);
            }
            else if (record.TimedOutBy is not null && age - job.TimedOutAt > TimeOutGrace)
            {
                logger.ChildOverstays(process.Pid, record.Service, record.TimedOutBy);
                job.TimedOutAt = age;
                Kill(process);
            }
        }
    }

    /// <summary>Asks the children of a service that each have a connection to end, and kills those that have not after a time.</summary>
    public Task EndConnectionsAsync(string service, TimeSpan drain) =>
        Task.WhenAll(OfConnections(service).Select(child => EndAsync(child.Job, Within(drain))));

    /// <summary>Signals the children of a service alone, and not their sessions.</summary>
    /// <param name="service">The service.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="all">Whether those that share a socket, and servers, get it as well.</param>
    /// <returns>The number of children that were signalled.</returns>
    public int Signal(string service, int signal, bool all) => (all ? watch.Children.Where(child => child.Job.Record.Service == service)
        : OfConnections(service)).Count(child => child.Process.Signal(signal));

    /// <summary>
    /// Kills the child of a connection with its session at once, and resets the connection. A child that is just being started is killed
    /// when its process is known.
    /// </summary>
    public void Abort(ConnectionRecord record)
    {
        record.IsAborted = true;
        foreach (var (process, _) in watch.Children.Where(child => child.Job.Record.Id == record.Id))
        {
            ChildWatch.Abort(process, record);
        }

        watch.AbortLingering(record);
    }

    /// <summary>
    /// Asks the servers to end, and kills after the drain time those that have not. After <see cref="Spawner.FinishAsync"/>.
    /// </summary>
    public async Task StopServersAsync(TimeSpan drain, CancellationToken now)
    {
        var servers = watch.Children.Where(child => child.Job.Service.Plan.IsServer).ToList();
        await Task.WhenAll(servers.Select(child => EndAsync(child.Job, Within(drain)))).WaitAsync(now)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        servers.ForEach(child => Kill(child.Process));
    }

    /// <summary>Asks the children to end, and kills them after the drain time. After <see cref="Spawner.FinishAsync"/>.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        watch.SignalAll(signal: null, evenWorkers: false);
        try
        {
            await watch.WhenEmptyAsync().WaitAsync(drain, time, now).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            foreach (var (process, job) in watch.Children.Where(child => !child.Job.Service.Plan.IsWorker))
            {
                logger.ChildKilled(process.Pid, job.Record.Service);
            }

            // Repeated, since a process that is being forked during one pass is found in the next.
            for (var killed = 0; killed < MostKills && !watch.WhenEmptyAsync().IsCompleted; killed++)
            {
                watch.SignalAll(SignalName.SIGKILL, evenWorkers: false);
                await Task.WhenAny(watch.WhenEmptyAsync(), Task.Delay(KillAgain, time, CancellationToken.None)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Kills every child and its session, without waiting.</summary>
    public void KillAll() => watch.SignalAll(SignalName.SIGKILL, evenWorkers: true);

    /// <summary>The children of a service that each have a connection, and those of which a successor does not know.</summary>
    private List<(ChildProcess Process, ChildJob Job)> OfConnections(string service) => [.. watch.Children.Where(child =>
        child.Job.Record.Service == service
        && (child.Job.Connection is not null || (_taken is { } taken && !taken.Contains(child.Process.Pid))))];

    private static EndRequest Within(TimeSpan drain)
    {
        var asked = new EndRequest();
        asked.Make(drain);
        return asked;
    }

    private static void Kill(ChildProcess process) => process.SignalGroup(SignalName.SIGKILL);
}
