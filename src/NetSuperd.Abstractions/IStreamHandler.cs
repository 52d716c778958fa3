namespace NetSuperd;

/// <summary>Serves the connections of a stream service inside the daemon.</summary>
/// <remarks>
/// The daemon makes one instance for each service and configuration, calls it concurrently, and disposes it
/// (<see cref="IDisposable"/>, <see cref="IAsyncDisposable"/>) when its last connection has ended. The constructor may take an
/// <see cref="Microsoft.Extensions.Logging.ILogger"/> and a <see cref="ServiceInfo"/>; it runs while the map is loaded, also in
/// <c>netsuperd check</c>, so it should only read its settings.
/// </remarks>
public interface IStreamHandler
{
    /// <summary>Serves one connection. Returning closes it in order; throwing aborts it and costs no other connection.</summary>
    /// <param name="connection">The connection. It belongs to the daemon, which closes it.</param>
    /// <param name="stopping">
    /// Fires when the daemon stops and asks its connections to end. What is still open after the drain time (<c>daemon.drain</c>) is
    /// aborted.
    /// </param>
    Task HandleAsync(StreamConnection connection, CancellationToken stopping);
}
