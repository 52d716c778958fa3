namespace NetSuperd;

/// <summary>
/// Serves the connections of a stream service: inside the daemon or, with <c>user</c> or <c>worker</c> in the map, in a process of its own.
/// </summary>
/// <remarks>
/// The daemon creates one instance for each service and configuration, calls it concurrently, and disposes it
/// (<see cref="IDisposable"/>, <see cref="IAsyncDisposable"/>) when its last connection has ended. The constructor may have the parameters
/// <see cref="Microsoft.Extensions.Logging.ILogger"/>, <see cref="Microsoft.Extensions.Logging.ILogger{T}"/>,
/// <see cref="Microsoft.Extensions.Logging.ILoggerFactory"/>, <see cref="ServiceInfo"/>, <see cref="TimeProvider"/> (the clock of the
/// system, and in a test one that the test moves), <see cref="IServerView"/> and <see cref="IServiceSwitch"/>. It runs while the map is
/// loaded, even in <c>netsuperd check</c>, so it should only read its settings.
/// </remarks>
public interface IStreamHandler
{
    /// <summary>
    /// Serves one connection. Returning closes the connection in order. An exception aborts it, and affects no other connection.
    /// </summary>
    /// <param name="connection">The connection. The daemon owns and closes it.</param>
    /// <param name="stopping">
    /// Fires when the daemon stops and asks its connections to end. A connection that is still open after the drain time
    /// (<c>daemon.drain</c>) is aborted.
    /// </param>
    Task HandleAsync(StreamConnection connection, CancellationToken stopping);
}
