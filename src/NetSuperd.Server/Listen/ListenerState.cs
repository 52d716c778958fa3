namespace NetSuperd.Server.Listen;

/// <summary>The state of a listener. <c>netsuperd status</c> has these words in lower case.</summary>
internal enum ListenerState
{
    /// <summary>It accepts.</summary>
    Listening,

    /// <summary>A child has the socket.</summary>
    Resting,

    /// <summary>The child that has the socket was asked to end, because the map or the operator wants another one or none.</summary>
    Ending,

    /// <summary>An operator has paused it; its clients wait.</summary>
    Paused,

    /// <summary>An operator has stopped the service: its clients wait, and its children were asked to end.</summary>
    Stopped,

    /// <summary>A socket is not bound, or what answers is missing.</summary>
    Failed,
}

/// <summary>The words of the states.</summary>
internal static class ListenerStateWord
{
    /// <summary>The word of a state.</summary>
    public static string Word(this ListenerState state) => state switch
    {
        ListenerState.Listening => "listening",
        ListenerState.Resting => "resting",
        ListenerState.Ending => "ending",
        ListenerState.Paused => "paused",
        ListenerState.Stopped => "stopped",
        ListenerState.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
