namespace NetSuperd.Control;

/// <summary>
/// What an operator may ask of a daemon. Each answer has the exit status of the command, its messages and its data. Several calls may run
/// at once.
/// </summary>
internal interface IOperator
{
    /// <summary>What is served now.</summary>
    Task<ControlAnswer> StatusAsync();

    /// <summary>The connections and children that live, those of lingering processes included.</summary>
    Task<ControlAnswer> ConnectionsAsync();

    /// <summary>Aborts a connection.</summary>
    Task<ControlAnswer> AbortAsync(long id);

    /// <summary>Lets the clients of a service wait.</summary>
    Task<ControlAnswer> PauseAsync(string service);

    /// <summary>Accepts the clients of a service again.</summary>
    Task<ControlAnswer> ResumeAsync(string service);

    /// <summary>Reads the map again and applies it, or only says what that would change.</summary>
    Task<ControlAnswer> ReloadAsync(bool dryRun);

    /// <summary>Starts a new process, which serves in place of this one.</summary>
    Task<ControlAnswer> RestartAsync();

    /// <summary>Opens the log file anew, also that of each lingering process.</summary>
    Task<ControlAnswer> ReopenAsync();

    /// <summary>Begins to stop, at once or in order. The answer names the process that ends last.</summary>
    Task<ControlAnswer> StopAsync(bool now);

    /// <summary>What would become of a peer that came to a socket now.</summary>
    Task<ControlAnswer> ExplainAsync(string peer, string socket);

    /// <summary>The map in force.</summary>
    Task<ControlAnswer> MapAsync();
}
