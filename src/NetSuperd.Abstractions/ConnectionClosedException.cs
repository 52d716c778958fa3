namespace NetSuperd;

/// <summary>
/// A call failed because the peer reset the connection, or because the connection was aborted. A handler need not catch the exception:
/// the daemon does not treat it as a failure of the handler.
/// </summary>
public sealed class ConnectionClosedException : IOException
{
    /// <summary>Creates the exception with a message that says how the connection ended.</summary>
    public ConnectionClosedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
