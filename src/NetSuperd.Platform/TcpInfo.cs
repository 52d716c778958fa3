namespace NetSuperd.Platform;

/// <summary>The state of a TCP connection: the parts of struct tcp_info (linux/tcp.h) that the daemon shows.</summary>
/// <param name="State">The state, as tcp_states.h numbers it.</param>
/// <param name="RoundTripTime">The smoothed round-trip time.</param>
/// <param name="Retransmits">Segments retransmitted since the connection was made.</param>
/// <param name="Received">Bytes received in order, read or not.</param>
/// <param name="Sent">Bytes sent, retransmitted ones counted once.</param>
/// <param name="Idle">How long no data has passed in either direction, to the millisecond at best.</param>
public readonly record struct TcpInfo(
    int State, TimeSpan RoundTripTime, long Retransmits, long Received, long Sent, TimeSpan Idle)
{
    /// <summary>The state without a connection.</summary>
    public const int Closed = 7;

    /// <summary>
    /// Whether the peer has reset the connection, so that no data can pass. A peer that has only finished sending has not.
    /// </summary>
    public bool IsClosed => State == Closed;
}
