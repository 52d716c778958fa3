namespace NetSuperd;

/// <summary>The states of a connection, named and numbered as in tcp(7) <c>TCP_INFO</c> and RFC 9293 section 3.3.2.</summary>
public enum ConnectionState
{
    /// <summary>Data flows in both directions.</summary>
    Established = 1,

    /// <summary>The connection was requested, and the peer has not answered yet.</summary>
    SynSent = 2,

    /// <summary>The request of the peer was answered, and the peer has not confirmed yet.</summary>
    SynReceived = 3,

    /// <summary>This end is closed; its FIN is not confirmed yet.</summary>
    FinWait1 = 4,

    /// <summary>This end is closed; the peer may still send.</summary>
    FinWait2 = 5,

    /// <summary>Both ends are closed; the system waits for late segments.</summary>
    TimeWait = 6,

    /// <summary>The connection is gone.</summary>
    Closed = 7,

    /// <summary>The peer has ended its transmission; this end may still send.</summary>
    CloseWait = 8,

    /// <summary>Both ends are closed; the FIN of this end is not confirmed yet.</summary>
    LastAck = 9,

    /// <summary>The socket waits for connections.</summary>
    Listen = 10,

    /// <summary>Both ends closed at the same time; the peer's confirmation is missing.</summary>
    Closing = 11,
}
