namespace NetSuperd.Server.Tally;

/// <summary>The words for states, as an operator reads them.</summary>
internal static class StateWord
{
    /// <summary>The words of all states.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<ConnectionState>().Select(Word)];

    /// <summary>The TCP state as netstat(8) and ss(8) show it, in lower case.</summary>
    public static string Word(this ConnectionState state) => state switch
    {
        ConnectionState.Established => "established",
        ConnectionState.SynSent => "syn-sent",
        ConnectionState.SynReceived => "syn-received",
        ConnectionState.FinWait1 => "fin-wait-1",
        ConnectionState.FinWait2 => "fin-wait-2",
        ConnectionState.TimeWait => "time-wait",
        ConnectionState.CloseWait => "close-wait",
        ConnectionState.LastAck => "last-ack",
        ConnectionState.Listen => "listen",
        ConnectionState.Closing => "closing",
        _ => "closed",
    };
}
