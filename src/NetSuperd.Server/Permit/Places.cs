namespace NetSuperd.Server.Permit;

/// <summary>Places for a number of connections, here and in the predecessors.</summary>
/// <param name="gate">
/// The lock of all places: several places are taken together or not at all.
/// </param>
internal sealed class Places(Lock gate)
{
    private int? _most;
    private int _taken;
    private int _elsewhere;
    private readonly List<GateWait> _waiting = [];

    /// <summary>The networks that hold them. Under the lock, as <see cref="Take"/>.</summary>
    public NetworkTable Networks { get; } = new();

    /// <summary>How many are taken, and of how many; null: without limit.</summary>
    public (int Taken, int? Most) Use
    {
        get
        {
            lock (gate)
            {
                return (_taken + _elsewhere, _most);
            }
        }
    }

    /// <summary>Whether none is taken here.</summary>
    public bool IsEmpty => Volatile.Read(ref _taken) == 0;

    /// <summary>Whether none is free. Under the lock, as <see cref="Take"/>.</summary>
    public bool IsFull => _taken + _elsewhere >= _most;

    /// <summary>Takes one.</summary>
    public void Take() => _taken++;

    /// <summary>Whether the networks of a peer may have one. Under the lock.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="limit">How many a network may have, as far as the map says it.</param>
    /// <param name="hasPlace">Whether the peer has taken it already.</param>
    public bool Admits(in Networks networks, NetworkLimit limit, bool hasPlace) =>
        Networks.Admits(networks, limit, _most, hasPlace ? Free : Free - 1);

    /// <summary>
    /// The usage of the busiest network, and the ceiling of a network while enough places are free; null where there is none. Under the
    /// lock.
    /// </summary>
    public (int Live, int Most)? NetworkUse(NetworkLimit limit) => Networks.Use(limit, _most, _most ?? 0);

    /// <summary>The same for the networks of a peer, with the places that are free now.</summary>
    public (int Live, int Most)? NetworkUse(in Networks networks, NetworkLimit limit) => Networks.Use(networks, limit, _most, Free - 1);

    /// <summary>Gives one back. Under the lock.</summary>
    public void Release()
    {
        _taken--;
        Change();
    }

    /// <summary>Sets their number, and which peers can take one. A connection that has one keeps it.</summary>
    public void Limit(int? most, Reach reach)
    {
        lock (gate)
        {
            _most = most;
            Networks.Reach = reach;
            Change();
        }
    }

    /// <summary>Sets how many another process has.</summary>
    public void SetElsewhere(int count)
    {
        lock (gate)
        {
            _elsewhere = count;
            Change();
        }
    }

    /// <summary>Sets the networks that hold them.</summary>
    public void SetElsewhere(IReadOnlyList<Networks> connections)
    {
        lock (gate)
        {
            Networks.SetElsewhere(connections);
        }
    }

    /// <summary>Wakes the queues that wait for a change.</summary>
    public void Wake()
    {
        lock (gate)
        {
            Change();
        }
    }

    /// <summary>Wakes a queue at the next change. Under the lock in which nothing was found free: no change comes between.</summary>
    public void Add(GateWait wait)
    {
        wait.Register(this);
        _waiting.Add(wait);
    }

    /// <summary>Stops waking it.</summary>
    public void Remove(GateWait wait)
    {
        lock (gate)
        {
            _waiting.Remove(wait);
        }
    }

    private int Free => (_most ?? int.MaxValue) - _taken - _elsewhere;

    private void Change()
    {
        if (_waiting.Count > 0)
        {
            _waiting.ForEach(wait => wait.Wake());
            _waiting.Clear();
        }
    }
}
