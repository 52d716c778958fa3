namespace NetSuperd;

/// <summary>
/// The status of a connection. A value that the transport does not know is null: on a unix socket all but state and bytes.
/// </summary>
/// <param name="State">The state of the connection (RFC 9293 section 3.3.2).</param>
/// <param name="RoundTripTime">The smoothed round-trip time.</param>
/// <param name="Retransmits">The number of segments that were sent again since the connection began.</param>
/// <param name="BytesReceived">The number of bytes that the handler received.</param>
/// <param name="BytesSent">The number of bytes that the handler sent and the system accepted.</param>
public sealed record ConnectionStatus(
    ConnectionState State, TimeSpan? RoundTripTime, long? Retransmits, long BytesReceived, long BytesSent);
