namespace NetSuperd;

/// <summary>Answers the sender of a datagram, from the address that it was sent to.</summary>
public interface IDatagramReply
{
    /// <summary>The longest datagram that can be sent over IPv4, in bytes (RFC 768, RFC 791).</summary>
    const int MaxBytes = 65_507;

    /// <summary>Sends one datagram; more than one call sends more than one. The bytes are copied.</summary>
    /// <remarks>
    /// As with all datagrams nobody learns whether it arrives. The daemon does not send it where the sender could not be the one who asked, where
    /// the answer may begin a loop, or where the budget of the sender is used up, and counts that.
    /// </remarks>
    /// <param name="data">The datagram, which may be empty; at most <see cref="MaxBytes"/>.</param>
    /// <returns>Whether it goes out.</returns>
    /// <exception cref="ArgumentException">It is too long.</exception>
    bool Send(ReadOnlySpan<byte> data);
}
