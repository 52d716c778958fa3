namespace NetSuperd.Testing;

/// <summary>How a connection ended; the log of the daemon has the same words in lower case.</summary>
public enum TestEnd
{
    /// <summary>The handler returned and the connection was closed in order.</summary>
    Closed,

    /// <summary>The client reset the connection.</summary>
    Reset,

    /// <summary>The connection was aborted: by the handler, or because it had not ended when the test was over.</summary>
    Aborted,

    /// <summary>The handler threw.</summary>
    Failed,

    /// <summary>The handler gave up its connection because the service stops.</summary>
    Stopped,
}

/// <summary>The end of a connection, as the daemon would record it.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Failure">What the handler threw; null if the end is not <see cref="TestEnd.Failed"/>.</param>
public sealed record TestOutcome(TestEnd End, Exception? Failure = null);
