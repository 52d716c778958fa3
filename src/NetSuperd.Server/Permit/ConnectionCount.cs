namespace NetSuperd.Server.Permit;

/// <summary>The connections of a service or of the daemon, here and in the predecessors, and how many there may be.</summary>
/// <param name="gate">The lock of all counts: a connection counts for its service and for the daemon, or for neither.</param>
internal sealed class ConnectionCount(Lock gate)
{
    private int? _most;
    private int _taken;
    private int _elsewhere;
    private readonly List<GateWait> _waiting = [];

    /// <summary>The networks that have them. Under the lock, as <see cref="Take"/>.</summary>
    public NetworkTable Networks { get; } = new();

    /// <summary>How many there are, and how many there may be; null: without limit.</summary>
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

    /// <summary>Whether there is none here.</summary>
    public bool IsEmpty => Volatile.Read(ref _taken) == 0;

    /// <summary>Whether there may be no more. Under the lock, as <see cref="Take"/>.</summary>
    public bool IsFull => _taken + _elsewhere >= _most;

    /// <summary>Counts one more.</summary>
    public void Take() => _taken++;

    /// <summary>The network of a peer that may not have one more; null: all may. Under the lock.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="limit">How many a network may have, as far as the map says it.</param>
    /// <param name="isCounted">Whether that one is counted already.</param>
    public Source? FullNetwork(in Networks networks, NetworkLimit limit, bool isCounted) =>
        Networks.Full(networks, limit, _most, isCounted ? Free : Free - 1);

    /// <summary>
    /// The usage of the busiest network, and the ceiling of a network while enough connections are free; null where there is none.
    /// Under the lock.
    /// </summary>
    public (int Live, int Most)? NetworkUse(NetworkLimit limit) => Networks.Use(limit, _most, _most ?? 0);

    /// <summary>The same for the networks of a peer, with the connections that are free now.</summary>
    public (int Live, int Most)? NetworkUse(in Networks networks, NetworkLimit limit) => Networks.Use(networks, limit, _most, Free - 1);

    /// <summary>Counts one less. Under the lock.</summary>
    public void GiveBack()
    {
        _taken--;
        Change();
    }

    /// <summary>Sets how many there may be, and which peers can have one. The present connections stay.</summary>
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

    /// <summary>Sets the networks that have them.</summary>
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
