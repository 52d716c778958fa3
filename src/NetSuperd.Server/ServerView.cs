namespace NetSuperd.Server;

/// <summary>The handlers' view of the server, which is made after them.</summary>
internal sealed class ServerView : IServerView
{
    private Superserver? _server;

    /// <inheritdoc/>
    public IReadOnlyList<ServedSocket> Sockets() => _server?.Overview?.Served() ?? [];

    /// <summary>Sets the server.</summary>
    public void Show(Superserver server) => _server = server;
}
