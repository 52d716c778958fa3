namespace NetSuperd.Server.Serve;

/// <summary>What handlers see of the server, and what it does for them.</summary>
internal interface IHandlerHost : IServerView
{
    /// <summary>Whether connections can be passed to a service of the map in force.</summary>
    bool Takes(string service);

    /// <summary>Passes a connection to a service of the map in force.</summary>
    /// <returns>False where there is no such service: the connection is still the holder's.</returns>
    bool Pass(IConnectionHolder connection, string service, ReadOnlyMemory<byte> greeting, string? refusal);
}
