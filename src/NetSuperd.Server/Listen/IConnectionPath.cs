namespace NetSuperd.Server.Listen;

/// <summary>
/// The path of the connections of a listener, by one map: from the backlog to what serves them. On the loop of the listener, where nothing
/// may wait.
/// </summary>
internal interface IConnectionPath
{
    /// <summary>Whether a client that was accepted waits for a token; no other is accepted meanwhile.</summary>
    bool HasClient { get; }

    /// <summary>Accepts the next client and hands it on.</summary>
    /// <param name="mayWait">Whether clients wait at a limit; otherwise each is accepted, and refused where it has to be.</param>
    AcceptOutcome Receive(bool mayWait);

    /// <summary>The listener was woken: a client that waits for a token is judged again.</summary>
    /// <returns>Whether that client has to wait further.</returns>
    AcceptOutcome Resume();

    /// <summary>
    /// Ends the path, which does not wake the listener any more: a client that waits for a token is served without one, or refused for
    /// another reason.
    /// </summary>
    void Close();
}

/// <summary>A listener that rests at a limit until it is woken.</summary>
internal interface IRestingListener
{
    /// <summary>What the listener rests for may be over. From any thread.</summary>
    void Wake();
}

/// <summary>What came of a try to accept a client.</summary>
internal enum AcceptOutcome
{
    /// <summary>One is served, or was refused.</summary>
    HandedOn,

    /// <summary>There was none; <see cref="Backlog.Errno"/> says why.</summary>
    None,

    /// <summary>A limit was reached, and none was there that would wait for it.</summary>
    Full,

    /// <summary>The listener has to rest until it is woken.</summary>
    Waits,
}
