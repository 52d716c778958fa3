namespace NetSuperd.Server.Listen;

/// <summary>
/// The path of a listener's connections, by one map: from the backlog to the handler or child. Everything is done on the listener's loop,
/// where nothing may block.
/// </summary>
internal interface IConnectionPath
{
    /// <summary>Whether an accepted client waits for a token; no other is accepted meanwhile.</summary>
    bool HasClient { get; }

    /// <summary>Accepts the next client and hands it on.</summary>
    /// <param name="mayWait">Whether clients may wait at a limit; otherwise each is accepted, and refused where a limit is reached.</param>
    AcceptOutcome Receive(bool mayWait);

    /// <summary>Continues after the listener was woken: a client that waits for a token is judged again.</summary>
    /// <returns>The outcome for that client.</returns>
    AcceptOutcome Resume();

    /// <summary>
    /// Ends the path, which no longer wakes the listener: a client that waits for a token is served without one, or refused for another
    /// reason.
    /// </summary>
    void Close();
}

/// <summary>A listener that waits at a limit until it is woken.</summary>
internal interface IWaitingListener
{
    /// <summary>Wakes the listener, since its reason to wait may be over. From any thread.</summary>
    void Wake();
}

/// <summary>The outcome of an attempt to accept a client.</summary>
internal enum AcceptOutcome
{
    /// <summary>A client is served, or was refused.</summary>
    HandedOn,

    /// <summary>No client was accepted; <see cref="Backlog.Errno"/> says why.</summary>
    None,

    /// <summary>A limit is reached, and no client waits.</summary>
    Full,

    /// <summary>The listener has to wait until it is woken.</summary>
    Waits,
}
