namespace NetSuperd.Server.Tally;

/// <summary>How a connection ended. The log has these words in lower case.</summary>
public enum ConnectionEnd
{
    /// <summary>The handler returned and the connection was closed in order.</summary>
    Closed,

    /// <summary>The peer reset the connection.</summary>
    Reset,

    /// <summary>The handler aborted the connection, or the drain time was over.</summary>
    Aborted,

    /// <summary>The handler threw.</summary>
    Failed,

    /// <summary>The handler gave up its connection, or no child was started for it, because the daemon stops.</summary>
    Stopped,

    /// <summary>The child exited.</summary>
    Exited,

    /// <summary>A signal ended the child.</summary>
    Killed,

    /// <summary>The child could not be started.</summary>
    Unspawned,

    /// <summary>
    /// The connection exceeded a time limit of the service: <c>idle_timeout</c>, <c>first_byte_timeout</c> or <c>max_duration</c>.
    /// </summary>
    TimedOut,

    /// <summary>The connection was refused; the verdict's word says why.</summary>
    Refused,

    /// <summary>The worker that served it has ended.</summary>
    WorkerLost,

    /// <summary>No target of the forward has answered.</summary>
    Unreachable,

    /// <summary>The target of the forward reset the connection to it.</summary>
    TargetReset,

    /// <summary>The TLS handshake with the client has failed.</summary>
    TlsFailed,

    /// <summary>A session of datagrams had to leave its place to another client: all were taken.</summary>
    Replaced,
}

/// <summary>The words of the log.</summary>
internal static class ConnectionEndWord
{
    /// <summary>The word of an end.</summary>
    public static string Word(this ConnectionEnd end) => end switch
    {
        ConnectionEnd.Closed => "closed",
        ConnectionEnd.Reset => "reset",
        ConnectionEnd.Aborted => "aborted",
        ConnectionEnd.Failed => "failed",
        ConnectionEnd.Stopped => "stopped",
        ConnectionEnd.Exited => "exited",
        ConnectionEnd.Killed => "killed",
        ConnectionEnd.Unspawned => "unspawned",
        ConnectionEnd.TimedOut => "timeout",
        ConnectionEnd.Refused => "refused",
        ConnectionEnd.WorkerLost => "worker_lost",
        ConnectionEnd.Unreachable => "unreachable",
        ConnectionEnd.TargetReset => "target_reset",
        ConnectionEnd.TlsFailed => "tls_failed",
        ConnectionEnd.Replaced => "replaced",
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };
}
