namespace NetSuperd.Server.Listen;

/// <summary>What a listener does with sockets that are bound: accept, or give them to a child.</summary>
internal interface IListenLoop
{
    /// <summary>What the map in force says; a reload replaces it for what arrives from then on.</summary>
    Assignment Assignment { get; set; }

    /// <summary>Why nothing is accepted just now; null while all is well.</summary>
    string? Trouble { get; }

    /// <summary>Runs until it is stopped; nothing else ends it.</summary>
    Task RunAsync(CancellationToken stopping);
}
