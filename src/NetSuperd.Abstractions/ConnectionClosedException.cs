namespace NetSuperd;

/// <summary>
/// A call on a connection that the peer reset or that was aborted. A handler may let it pass: it is no fault of the handler.
/// </summary>
public sealed class ConnectionClosedException : IOException
{
    /// <summary>Makes the exception with a message that says how the connection ended.</summary>
    public ConnectionClosedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
