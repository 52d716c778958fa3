namespace NetSuperd.Server.Tally;

/// <summary>
/// Keeps the records of connections that handlers serve: in the daemon, or in a worker, which reports them to the daemon.
/// </summary>
internal interface IConnectionTally
{
    /// <summary>The connection is being served.</summary>
    void Start(ConnectionRecord record);

    /// <summary>The handler is called, or the child runs: the client waits no longer.</summary>
    void Begin(ConnectionRecord record);

    /// <summary>Whether the log names a failure of the connection.</summary>
    bool NamesFailure(ConnectionRecord record);

    /// <summary>Closes the record. To be called exactly once, when nothing of the connection is left.</summary>
    /// <param name="record">The record.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="detail">Its explanation, for the log.</param>
    /// <param name="reason">The word under which it is counted beside its end: of a refusal, of a child that could not be started.</param>
    void Close(ConnectionRecord record, ConnectionEnd end, string? detail = null, string? reason = null);
}
