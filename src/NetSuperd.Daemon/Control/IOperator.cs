using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd.Control;

/// <summary>
/// What an operator may ask of a daemon. Each answer has the exit status of the command, its messages and its data. Several calls may run
/// at once.
/// </summary>
/// <remarks>A command without an answer of its own is left to the process that serves.</remarks>
internal interface IOperator
{
    /// <summary>The process that has replaced this one; null: this one serves.</summary>
    int? Successor => null;

    /// <summary>With this a client of the socket for questions may operate; null: no client may.</summary>
    OperatorToken? Token => null;

    /// <summary>The present state of all services, or of one.</summary>
    Task<ControlAnswer> StatusAsync(string? service);

    /// <summary>The live connections and children of a choice, those of lingering processes included.</summary>
    Task<ControlAnswer> ConnectionsAsync(ConnectionFilter filter);

    /// <summary>Aborts a connection.</summary>
    Task<ControlAnswer> AbortAsync(long id);

    /// <summary>Aborts all connections of a choice, and tells how many.</summary>
    Task<ControlAnswer> AbortAsync(ConnectionFilter filter) => LeaveToSuccessorAsync();

    /// <summary>Pauses a service: its clients wait.</summary>
    Task<ControlAnswer> PauseAsync(string service);

    /// <summary>Resumes a service: its clients are accepted again.</summary>
    Task<ControlAnswer> ResumeAsync(string service);

    /// <summary>Reads the map again and applies it, or only reports what would change.</summary>
    Task<ControlAnswer> ReloadAsync(bool dryRun);

    /// <summary>Starts a new process, which serves in place of this one.</summary>
    Task<ControlAnswer> RestartAsync() => LeaveToSuccessorAsync();

    /// <summary>Reopens the log file, also that of each lingering process.</summary>
    Task<ControlAnswer> ReopenAsync();

    /// <summary>Begins to stop, at once or in order. The answer names the process that will end last.</summary>
    Task<ControlAnswer> StopAsync(bool now);

    /// <summary>
    /// Stops a service: its clients wait, and its children end, at once or in order. The answer comes with the end of the last child.
    /// </summary>
    Task<ControlAnswer> StopServiceAsync(string service, bool now);

    /// <summary>Starts a stopped service, or a server that has ended.</summary>
    Task<ControlAnswer> StartServiceAsync(string service);

    /// <summary>Sends a signal to the children of a service.</summary>
    Task<ControlAnswer> SignalAsync(string service, string signal);

    /// <summary>Whether a peer that came to a socket now would be admitted.</summary>
    Task<ControlAnswer> ExplainAsync(string peer, string socket);

    /// <summary>What happens from now on, of all services or of one.</summary>
    Task<ControlAnswer> EventsAsync(string? service, bool onlyChanges) => LeaveToSuccessorAsync();

    /// <summary>The map in force.</summary>
    Task<ControlAnswer> MapAsync();

    /// <summary>The answer of a process that has been replaced.</summary>
    sealed Task<ControlAnswer> LeaveToSuccessorAsync() => Task.FromResult(
        ControlAnswer.Of(ExitStatus.System, $"netsuperd: process {Successor} has replaced this one; try again"));
}
