namespace NetSuperd;

/// <summary>Answers the sender of a datagram, from the address that it was sent to.</summary>
public interface IDatagramReply
{
    /// <summary>
    /// The most bytes of a datagram, as of a request from a unix socket. UDP allows 65,507 over IPv4 and 65,527 over IPv6
    /// (RFC 768, RFC 791, RFC 8200); a longer datagram is not sent, but counted.
    /// </summary>
    const int MaxBytes = 65_536;

    /// <summary>Sends one datagram. Each call sends another one. The bytes are copied.</summary>
    /// <remarks>
    /// As with all datagrams, neither side learns whether it arrives. The daemon does not send the answer, but counts it, if the address of
    /// the sender cannot be that of a client, if the answer may begin a loop, or if the budget of the sender is used up. On a raw socket
    /// the answer is the payload of a packet: the system writes the header, and the checksum of ICMP for IPv6 only.
    /// </remarks>
    /// <param name="data">The datagram, which may be empty; at most <see cref="MaxBytes"/>.</param>
    /// <returns>
    /// Whether the datagram will be sent. In a worker, whether the sender has an address: the daemon judges the answer later.
    /// </returns>
    /// <exception cref="ArgumentException">The datagram is too long.</exception>
    /// <exception cref="InvalidOperationException">The handler has returned, or the call is not on its thread.</exception>
    bool Send(ReadOnlySpan<byte> data);
}
