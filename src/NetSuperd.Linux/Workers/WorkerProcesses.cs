using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>Starts the processes of workers: as children, like every other process.</summary>
/// <param name="spawner">Starts children.</param>
/// <param name="loop">Watches the channels.</param>
/// <param name="tally">Keeps the records.</param>
/// <param name="live">The connections of all workers.</param>
/// <param name="host">What handlers see of the server, and what it does for them.</param>
/// <param name="log">Writes their events to the log.</param>
/// <param name="time">The clock.</param>
/// <param name="helper">The path of netsuperd-exec.</param>
internal sealed class WorkerProcesses(
    Spawner spawner, EventLoop loop, ConnectionTally tally, LiveConnections live, IHandlerHost host, WorkerLog log, TimeProvider time,
    string helper)
{
    /// <summary>Starts a process of a worker.</summary>
    /// <returns>The process, its job, and its end.</returns>
    /// <exception cref="CallException">No descriptor is left, or netsuperd-exec is not there.</exception>
    public (WorkerRun Run, ChildJob Job, Task Ended) Start(Worker worker)
    {
        var (own, other) = MessageSocket.CreatePair();
        ChildService children;
        try
        {
            children = spawner.Prepare(ServiceOf(worker.Program), helper, running: null);
        }
        catch (CallException)
        {
            own.Dispose();
            other.Dispose();
            throw;
        }

        var job = new ChildJob
        {
            Service = children,
            Record = tally.OpenServer(children.Use, NoLease.Instance),
            Sockets = [(other, WorkerProcess.ChannelName)],
            Connection = other,
        };
        var run = new WorkerRun(worker.Program.ProcessName, own, loop, live, host, log, job, time) { Waiting = worker };
        spawner.Add(children, before: null);
        var ended = RunAsync(children, job, run);
        try
        {
            run.Watch();
        }
        catch (CallException)
        {
            // A process that is not heard serves nothing, and ends with its channel.
            own.Dispose();
            throw;
        }

        return (run, job, ended);
    }

    /// <summary>Completes when the connections of a process that has ended have ended, too.</summary>
    public Task CloseAsync(WorkerRun run)
    {
        loop.Post(run);
        return run.Lost;
    }

    /// <summary>The process that was to serve a connection has just ended.</summary>
    public void Lose(StreamSocket socket, ConnectionRecord record)
    {
        tally.Start(record);
        socket.Sever();
        tally.Close(record, ConnectionEnd.WorkerLost);
    }

    private async Task RunAsync(ChildService children, ChildJob job, WorkerRun run)
    {
        await spawner.ServeAsync(job, run.Asked).ConfigureAwait(false);
        await Spawner.RetireAsync(children).ConfigureAwait(false);
    }

    /// <summary>The process is the child of a service that no map has.</summary>
    private static Service ServiceOf(WorkerProgram program) => new()
    {
        Name = program.ProcessName,
        Program = program.Rights,
        Settings = Settings.Empty,
        Admission = Admission.Unlimited,
        Log = LoggedConnections.All,
        LogFields = LogFacts.Default,
        Enabled = true,
        At = new(new("", "")),
        HandlerAt = new(new("", "")),
    };
}
