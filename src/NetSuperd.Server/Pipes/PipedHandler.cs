namespace NetSuperd.Server.Pipes;

/// <summary>Serves connections whose children have been started.</summary>
/// <param name="processes">Has the children.</param>
[Handler("exec")]
internal sealed class PipedHandler(PipedProcesses processes) : IStreamHandler
{
    /// <inheritdoc/>
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) =>
        processes.ServeAsync(connection, stopping);
}
