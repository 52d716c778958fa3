namespace NetSuperd;

/// <summary>Answers the sender of a datagram, from the address that it was sent to.</summary>
public interface IDatagramReply
{
    /// <summary>
    /// The longest datagram in bytes: that of the longest request, of a unix socket. UDP has room for 65,507 over IPv4 and 65,527 over IPv6
    /// (RFC 768, RFC 791, RFC 8200); a longer one does not go out, and is counted.
    /// </summary>
    const int MaxBytes = 65_536;

    /// <summary>Sends one datagram; more than one call sends more than one. The bytes are copied.</summary>
    /// <remarks>
    /// As with all datagrams, neither side learns whether it arrives. The daemon does not send it where the sender's address cannot be that
    /// of a client, where the answer may begin a loop, or where the budget of the sender is used up, and counts that.
    /// </remarks>
    /// <param name="data">The datagram, which may be empty; at most <see cref="MaxBytes"/>.</param>
    /// <returns>Whether it goes out.</returns>
    /// <exception cref="ArgumentException">It is too long.</exception>
    /// <exception cref="InvalidOperationException">The handler has returned, or this is not its thread.</exception>
    bool Send(ReadOnlySpan<byte> data);
}
