namespace NetSuperd.Server.Tests.Serve;

/// <summary>A handler that does what the test says.</summary>
internal sealed class ScriptedHandler(Func<StreamConnection, CancellationToken, Task> handle) : IStreamHandler
{
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => handle(connection, stopping);
}
