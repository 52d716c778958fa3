namespace NetSuperd.Server.Tally;

/// <summary>Passes what happens to the programs that read it. Where none reads, the cost is one look at a field.</summary>
public sealed class EventFeed
{
    private readonly Lock _lock = new();
    private volatile EventReader[] _readers = [];
    private volatile bool _readsConnections;
    private bool _isComplete;

    /// <summary>Whether any program reads.</summary>
    public bool IsRead => _readers.Length > 0;

    /// <summary>Whether any program reads the start and end of connections.</summary>
    public bool ReadsConnections => _readsConnections;

    /// <summary>Begins to read.</summary>
    /// <param name="service">Only events of this service; null: all.</param>
    /// <param name="onlyChanges">Without the start and end of connections that are served.</param>
    public EventReader Open(string? service, bool onlyChanges = false)
    {
        var reader = new EventReader(this, service, onlyChanges);
        lock (_lock)
        {
            if (_isComplete)
            {
                reader.Complete();
            }
            else
            {
                Keep([.. _readers, reader]);
            }
        }

        return reader;
    }

    /// <summary>Passes an event on. It never waits: a reader that is slow loses its oldest events.</summary>
    public void Publish(ServerEvent happened)
    {
        foreach (var reader in _readers)
        {
            reader.Offer(happened);
        }
    }

    /// <summary>Nothing more happens here: each reader gets what it has not read yet, and then the end.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            foreach (var reader in _readers)
            {
                reader.Complete();
            }

            Keep([]);
        }
    }

    /// <summary>A reader has left.</summary>
    internal void Remove(EventReader reader)
    {
        lock (_lock)
        {
            Keep([.. _readers.Where(other => other != reader)]);
        }
    }

    private void Keep(EventReader[] readers)
    {
        _readers = readers;
        _readsConnections = Array.Exists(readers, static reader => !reader.ReadsOnlyChanges);
    }
}
