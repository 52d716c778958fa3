namespace NetSuperd.Linux.Sessions;

/// <summary>Sessions in the order in which they leave their places to other clients, those that have been idle for longest first.</summary>
/// <remarks>
/// Addresses of datagrams can be forged, and a forged client takes a place without an answer ever reaching it. So sessions whose client has
/// sent again after an answer come last: a flood of new clients replaces new clients. But what comes again may be forged as well. So a
/// quarter of the places is never kept: however many come again, a new client finds a place.
/// </remarks>
internal sealed class SessionOrder
{
    private readonly LinkedList<Session> _new = new();
    private readonly LinkedList<Session> _proven = new();

    /// <summary>How many there are.</summary>
    public int Count => _new.Count + _proven.Count;

    /// <summary>The session that leaves its place next; null: there is none.</summary>
    public Session? First => (_proven.Count > Count * 3 / 4 ? _proven : _new).First?.Value;

    /// <summary>The same among those whose client has not sent again after an answer.</summary>
    public Session? FirstNew => _new.First?.Value;

    /// <summary>A session is new, or has been used.</summary>
    public void Use(LinkedListNode<Session> session)
    {
        session.List?.Remove(session);
        (session.Value.IsProven ? _proven : _new).AddLast(session);
    }

    /// <summary>A session has ended.</summary>
    public static void Remove(LinkedListNode<Session> session) => session.List?.Remove(session);
}
