using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Sessions;

/// <summary>The sessions of a service, all on one loop, and which of them leaves its place to another client.</summary>
internal sealed class SessionPlaces
{
    // A client that has proven itself keeps its place for a pause of so long.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

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

    /// <summary>Ends the session that has been idle for longest, where a client has been refused for want of its place.</summary>
    /// <param name="refusal">The word of the refusal.</param>
    /// <param name="groups">The source and the networks of the client, of which one has too many.</param>
    /// <param name="ofSource">How many a source may have; null: without limit.</param>
    /// <returns>Whether a place is free now.</returns>
    public bool MakeRoom(string refusal, IReadOnlyList<Source> groups, int? ofSource)
    {
        if (Leaving(refusal, groups, ofSource) is not { Served: { } served } session)
        {
            return false;
        }

        served.Run.Replace(served);
        session.Leave();
        return true;
    }

    /// <summary>The session that leaves its place; null: none does.</summary>
    private Session? Leaving(string refusal, IReadOnlyList<Source> groups, int? ofSource)
    {
        lock (_lock)
        {
            if (refusal == Verdict.ServiceLimit.Reason || refusal == Verdict.TotalLimit.Reason)
            {
                return _all.First(MayLeave);
            }

            // A source that has too many may not end the sessions of its neighbours.
            var isFull = _groups.TryGetValue(groups[0], out var own) && own.Count >= ofSource;
            return refusal == Verdict.SourceLimit.Reason
                ? groups.Take(isFull ? 1 : groups.Count).Select(group => _groups.GetValueOrDefault(group)?.First(MayLeave))
                    .FirstOrDefault(session => session is not null)
                : null;
        }
    }

    private static bool MayLeave(Session proven) => proven.Idle() > Pause;
}
