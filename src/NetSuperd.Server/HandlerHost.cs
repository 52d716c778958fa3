using NetSuperd.Server.Serve;

namespace NetSuperd.Server;

/// <summary>What handlers see of the server, which is created after them, and what it does for them.</summary>
internal sealed class HandlerHost : IHandlerHost
{
    private volatile Superserver? _server;

    /// <inheritdoc/>
    public IReadOnlyList<ServedSocket> Sockets() => _server?.Shown?.Served() ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<ServedService> Services() => _server?.Shown?.ServedServices() ?? [];

    /// <inheritdoc/>
    public bool Takes(string service) => _server is { Dispatcher: { } dispatcher } server && !server.IsHeld(service)
        && dispatcher.Takes(service);

    /// <inheritdoc/>
    public bool Pass(IConnectionHolder connection, string service, ReadOnlyMemory<byte> greeting, string? refusal)
    {
        while (_server is { Dispatcher: { } dispatcher } server && !server.IsHeld(service))
        {
            if (dispatcher.Take(connection, service, greeting, refusal) is { } isPassed)
            {
                return isPassed;
            }
        }

        return false;
    }

    /// <summary>Sets the server.</summary>
    public void Show(Superserver server) => _server = server;
}
