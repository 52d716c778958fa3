namespace NetSuperd.Server.Listen;

/// <summary>The loop of a listener on bound sockets: it accepts, receives, or gives the sockets to a child.</summary>
internal interface IListenLoop
{
    /// <summary>Why clients are not accepted now; null while they are.</summary>
    string? Trouble { get; }

    /// <summary>Sets the listener's part of the map in force: once before the loop runs, and again at each reload.</summary>
    void Assign(Assignment assignment);

    /// <summary>Runs until it is stopped.</summary>
    Task RunAsync(CancellationToken stopping);
}
