namespace NetSuperd.Server.Listen;

/// <summary>What a listener does with sockets that are bound: accept, or give them to a child.</summary>
internal interface IListenLoop
{
    /// <summary>Why nothing is accepted just now; null while all is well.</summary>
    string? Trouble { get; }

    /// <summary>Says what the map in force says: once before it runs, and again for what arrives after a reload.</summary>
    void Assign(Assignment assignment);

    /// <summary>Runs until it is stopped; nothing else ends it.</summary>
    Task RunAsync(CancellationToken stopping);
}
