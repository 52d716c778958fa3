namespace NetSuperd.Server.Serve;

/// <summary>What handlers see of the server, and what it does for them.</summary>
internal interface IHandlerHost : IServerView
{
    /// <summary>Passes a connection to a service of the map in force.</summary>
    /// <returns>False where there is no such service: the connection is still the handler's.</returns>
    bool Pass(SocketConnection connection, string service, ReadOnlyMemory<byte> greeting, string? refusal);
}
