using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>A child that is to be started, and then one that runs.</summary>
internal sealed class ChildJob
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its service.</summary>
    public required ChildService Service { get; init; }

    /// <summary>Its record.</summary>
    public required ConnectionRecord Record { get; init; }

    /// <summary>The sockets that it inherits, and their names for LISTEN_FDNAMES.</summary>
    public required IReadOnlyList<(SafeHandle Socket, string Name)> Sockets { get; init; }

    /// <summary>
    /// The connection, which the daemon gives away: with a copy of it, the client would not see the child's end of transmission. Null for a
    /// child that shares a listening or datagram socket.
    /// </summary>
    public SafeHandle? Connection { get; init; }

    /// <summary>The connection where the daemon keeps a copy of it until after the child's end; null: it keeps none.</summary>
    public StreamSocket? Lingering => Service.Plan.Linger is null ? null : Connection as StreamSocket;

    /// <summary>Hears its state; null: it tells none.</summary>
    public ServerNotices? Notices { get; init; }

    /// <summary>The record of the server that it is; null: it is none.</summary>
    public ServerRecord? Server { get; init; }

    /// <summary>Whether it was asked to end.</summary>
    public bool WasAsked { get; set; }

    /// <summary>The reader of its standard error, where that goes into the log.</summary>
    public StderrLog? Errors { get; set; }

    /// <summary>A plan of its own, where its variables are too long for a request.</summary>
    public SharedPlan? OwnPlan { get; set; }

    /// <summary>When it was requested from the fork server, a timestamp of the system's clock.</summary>
    public long Asked { get; set; }

    /// <summary>Its age when it was asked to end because of a time limit.</summary>
    public TimeSpan TimedOutAt { get; set; }

    /// <summary>Its age when its connection was found to be gone; null while it is not.</summary>
    private TimeSpan? GoneAt { get; set; }

    /// <summary>Why it was not started; null: it was, or the daemon stops.</summary>
    public SpawnFailure? Failure { get; private set; }

    /// <summary>How it ended, after its end.</summary>
    public string HowEnded => Failure is { } failure ? $"not started: {failure.Word}"
        : Record.Usage is { Signal: { } signal } ? $"killed by signal {SignalName.Of(signal)}"
        : Record.Usage is { Status: { } status } ? $"exited with status {status}"
        : ServerRecord.UnknownEnd;

    /// <summary>Completes when the child has ended: false where no process could be started.</summary>
    public Task<bool> Ended => _ended.Task;

    /// <summary>Marks it as ended.</summary>
    public void End(bool ran)
    {
        OwnPlan?.Dispose();
        _ended.TrySetResult(ran);
    }

    /// <summary>Closes the record of a child that is no longer to be started.</summary>
    public void Stop(ConnectionTally tally)
    {
        tally.Close(Record, ConnectionEnd.Stopped);
        End(ran: false);
    }

    /// <summary>Closes the record of a child that could not be started.</summary>
    /// <param name="failure">Why not.</param>
    /// <param name="tally">Keeps the records.</param>
    /// <param name="logger">The log; null where the failure is logged already.</param>
    public void Fail(SpawnFailure failure, ConnectionTally tally, ILogger? logger)
    {
        Failure = failure;
        tally.Close(Record, ConnectionEnd.Unspawned, $"{failure.Step}: {failure.Errno.Reason()}", failure.Word);
        if (logger is not null && tally.NamesFailure(Record))
        {
            LogFailure(failure, logger);
        }

        End(ran: failure.Step != SpawnFailure.Spawn);
    }

    /// <summary>How long its connection has been idle at an age; where the connection is gone, how long that has been known.</summary>
    public TimeSpan IdleAt(TimeSpan age)
    {
        if (Record.Listed is not var (local, peer, cookie))
        {
            return TimeSpan.Zero;
        }

        if (SocketDiagnosis.Ask(local, peer, cookie) is { } info)
        {
            return info.Idle;
        }

        GoneAt ??= SocketDiagnosis.IsGone(local, peer, cookie) ? age : null;
        return age - GoneAt ?? TimeSpan.Zero;
    }

    private void LogFailure(SpawnFailure failure, ILogger logger)
    {
        var program = failure.Step == SpawnFailure.Spawn ? Service.Plan.Helper : Service.Plan.Path;
        var outcome = Connection is null ? "its clients wait for the next attempt" : "the connection is closed";
        var failures = Record.Use.Totals[ConnectionEnd.Unspawned];
        logger.SpawnFailed(program, Record.Id, Record.Service, failure.Step, failure.Errno.Reason(), failure.Errno, outcome, failures);
    }
}
