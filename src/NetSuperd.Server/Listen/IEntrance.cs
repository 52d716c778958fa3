namespace NetSuperd.Server.Listen;

/// <summary>The way in behind a door, by one map: from a client that waits there to what serves it. For the loop of its door, where nothing may wait.</summary>
internal interface IEntrance
{
    /// <summary>Whether a client that was accepted waits inside for its turn; no other comes in meanwhile.</summary>
    bool IsOccupied { get; }

    /// <summary>Lets the next client in.</summary>
    /// <param name="mayWait">Whether clients wait at a limit; otherwise each is accepted, and refused where it has to be.</param>
    Arrival Receive(bool mayWait);

    /// <summary>The door was woken, and waits no more; a client that waits inside is tried again.</summary>
    /// <returns>Whether that client has to wait further.</returns>
    Arrival Resume();

    /// <summary>Is done with the door, which is not woken any more: a client that waits inside is let in, or refused for another reason.</summary>
    void Close();
}

/// <summary>What waits for clients.</summary>
internal interface IDoor
{
    /// <summary>What the door rests for may be over. From any thread.</summary>
    void Wake();
}

/// <summary>What became of a try to let a client in.</summary>
internal enum Arrival
{
    /// <summary>One has come in, or has been refused.</summary>
    HandedOn,

    /// <summary>There was none; <see cref="Backlog.Errno"/> says why.</summary>
    None,

    /// <summary>A limit was reached, and none was there that would wait for it.</summary>
    Full,

    /// <summary>The door has to rest until it is woken.</summary>
    Waits,
}
