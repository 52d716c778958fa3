namespace NetSuperd.Server.Listen;

/// <summary>Asks the children that have the sockets of a listener to end when no client has come for <c>idle_stop</c>.</summary>
internal interface IIdleWatch
{
    /// <summary>Whether it has asked a holder to end.</summary>
    bool HasAsked(ISocketHolder? holder);

    /// <summary>Notes the present holder of the sockets, and after which time without a client it is to end; null: never.</summary>
    void Note(ISocketHolder? holder, TimeSpan? limit);

    /// <summary>Watches until the listener stops.</summary>
    Task RunAsync(CancellationToken stopping);
}
