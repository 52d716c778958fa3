namespace NetSuperd.Server.Tally;

/// <summary>The words for states that the operator reads.</summary>
internal static class StateWord
{
    /// <summary>The state of TCP as netstat(8) and ss(8) have it, in small letters.</summary>
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
