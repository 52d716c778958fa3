namespace NetSuperd.Server.Tally;

/// <summary>The state of a service, as <c>netsuperd status</c> shows it.</summary>
public enum ServiceState
{
    /// <summary>Clients are served.</summary>
    Serving,

    /// <summary>An operator has paused it; its clients wait.</summary>
    Paused,

    /// <summary>An operator has stopped it: its clients wait, and its children were asked to end.</summary>
    Stopped,

    /// <summary>One of its sockets is not bound, or what serves is missing.</summary>
    Failed,

    /// <summary>The map has disabled it.</summary>
    Disabled,

    /// <summary>The process of a server is being started, or has not reported that it is ready.</summary>
    Starting,

    /// <summary>The process of a server has ended, and is started again after a pause.</summary>
    Restarting,

    /// <summary>The process of a server has ended, and is not started again.</summary>
    Ended,
}

/// <summary>The words of the states.</summary>
public static class ServiceStateWord
{
    /// <summary>The word of a state.</summary>
    public static string Word(this ServiceState state) => state switch
    {
        ServiceState.Serving => "serving",
        ServiceState.Paused => "paused",
        ServiceState.Stopped => "stopped",
        ServiceState.Failed => "failed",
        ServiceState.Disabled => "disabled",
        ServiceState.Starting => "starting",
        ServiceState.Restarting => "restarting",
        ServiceState.Ended => "ended",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
