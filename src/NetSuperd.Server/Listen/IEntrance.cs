using NetSuperd.Native;

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

/// <summary>Where clients wait to be accepted.</summary>
internal interface IDoor
{
    /// <summary>How many wait; null: the system does not tell.</summary>
    int? Waiting { get; }

    /// <summary>Whether none waits.</summary>
    bool IsEmpty { get; }

    /// <summary>Accepts a client; null where none is there, or the system gives none.</summary>
    StreamSocket? Accept();

    /// <summary>What the door rests for may be over. From any thread.</summary>
    void Wake();
}

/// <summary>What became of a try to let a client in.</summary>
internal enum Arrival
{
    /// <summary>One has come in, or has been refused.</summary>
    HandedOn,

    /// <summary>There was none.</summary>
    None,

    /// <summary>The door has to rest until it is woken.</summary>
    Waits,
}
