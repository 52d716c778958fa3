namespace NetSuperd;

/// <summary>Where a connection stands. What the transport does not know (everything but the bytes on a unix socket) is null.</summary>
/// <param name="State">The state of the connection (RFC 9293 section 3.3.2).</param>
/// <param name="RoundTripTime">The smoothed round-trip time.</param>
/// <param name="Retransmits">Segments sent again since the connection was made.</param>
/// <param name="BytesReceived">Bytes that the handler received.</param>
/// <param name="BytesSent">Bytes that the handler sent and the system took.</param>
public sealed record ConnectionStatus(
    ConnectionState State, TimeSpan? RoundTripTime, long? Retransmits, long BytesReceived, long BytesSent);
