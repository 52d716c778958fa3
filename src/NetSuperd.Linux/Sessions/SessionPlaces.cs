using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Sessions;

/// <summary>The sessions of a service, all on one loop, and which of them leaves its place to another client.</summary>
internal sealed class SessionPlaces
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Source, SessionOrder> _groups = [];
    private readonly SessionOrder _all = new();

    /// <summary>A session is new, or has been used.</summary>
    public void Use(Session session)
    {
        lock (_lock)
        {
            _all.Use(session.InAll);
            foreach (var (group, place) in session.InGroups)
            {
                if (!_groups.TryGetValue(group, out var order))
                {
                    _groups[group] = order = new SessionOrder();
                }

                order.Use(place);
            }
        }
    }

    /// <summary>A session has ended, or is going to.</summary>
    public void Remove(Session session)
    {
        lock (_lock)
        {
            SessionOrder.Remove(session.InAll);
            foreach (var (group, place) in session.InGroups)
            {
                SessionOrder.Remove(place);
                if (_groups.TryGetValue(group, out var order) && order.Count == 0)
                {
                    _groups.Remove(group);
                }
            }
        }
    }

    /// <summary>Ends the session that is the next to leave, where a client has been refused for want of its place.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="groups">The source and the networks of the client.</param>
    /// <returns>Whether a place is free now.</returns>
    public bool MakeRoom(Verdict refusal, IReadOnlyList<Source> groups)
    {
        var leaving = Leaving(refusal, groups);
        leaving?.End(ConnectionEnd.Replaced);
        return leaving is not null;
    }

    /// <summary>The session that leaves its place; null: none does.</summary>
    private Session? Leaving(Verdict refusal, IReadOnlyList<Source> groups)
    {
        lock (_lock)
        {
            // One of the same source, rather than one of its neighbours. Those of another source or network make no room.
            return refusal == Verdict.ServiceLimit || refusal == Verdict.TotalLimit ? _all.First
                : refusal.Full is not { } full ? null
                : groups.TakeWhile(group => group != full).Select(group => _groups.GetValueOrDefault(group)?.FirstNew)
                    .FirstOrDefault(session => session is not null) ?? _groups.GetValueOrDefault(full)?.First;
        }
    }
}
