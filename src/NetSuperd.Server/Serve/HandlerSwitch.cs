namespace NetSuperd.Server.Serve;

/// <summary>Passes the connections of one handler to the services that its settings name, and to no other.</summary>
/// <param name="host">The server.</param>
/// <param name="settings">The settings of the handler.</param>
internal sealed class HandlerSwitch(IHandlerHost host, Settings settings) : IServiceSwitch
{
    /// <inheritdoc/>
    public bool Pass(StreamConnection connection, string service, ReadOnlyMemory<byte> greeting = default, string? refusal = null) =>
        connection is not SocketConnection own
            ? throw new ArgumentException("the connection is not one of this daemon's", nameof(connection))
        : settings.Services().All(named => named.Name != service)
            ? throw new ArgumentException($"the constructor of the handler has not named the service '{service}'", nameof(service))
        : host.Pass(own, service, greeting, refusal);
}
