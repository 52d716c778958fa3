namespace NetSuperd.Server.Permit;

/// <summary>Places for a number of connections, here and in the process before this one.</summary>
/// <param name="gate">The lock of all places: who takes several takes them together or none, and nobody sees one that is taken and given back.</param>
internal sealed class Places(Lock gate)
{
    private int? _most;
    private int _taken;
    private int _elsewhere;
    private TaskCompletionSource? _changed;

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

    /// <summary>Gives one back.</summary>
    public void Release()
    {
        lock (gate)
        {
            _taken--;
            Change();
        }
    }

    /// <summary>Sets how many there are. Who has one keeps it.</summary>
    public void Limit(int? most)
    {
        lock (gate)
        {
            _most = most;
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

    /// <summary>Has those ask again who wait for a change.</summary>
    public void Wake()
    {
        lock (gate)
        {
            Change();
        }
    }

    /// <summary>Completes at the next change: ask again before waiting for it, since the change may have been before.</summary>
    public Task WhenChanged()
    {
        lock (gate)
        {
            return (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Change()
    {
        _changed?.TrySetResult();
        _changed = null;
    }
}
