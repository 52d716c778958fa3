namespace NetSuperd.Server;

/// <summary>What handlers see of the server. They are made before it is.</summary>
internal sealed class ServerView : IServerView
{
    private Superserver? _server;

    /// <inheritdoc/>
    public IReadOnlyList<ServedSocket> Sockets() => _server?.Overview?.Served() ?? [];

    /// <summary>Shows a server from now on.</summary>
    public void Show(Superserver server) => _server = server;
}
