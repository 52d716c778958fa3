namespace NetSuperd.Server.Listen;

/// <summary>
/// The children that share the sockets of a service with <c>processes</c>, as one holder: a child that has ended is replaced, until all of
/// them are asked to end.
/// </summary>
/// <param name="definition">The <see cref="Assignment.Definition"/> by which all of them are started.</param>
/// <param name="stopSignal">The signal that asks them to end.</param>
/// <param name="sockets">The sockets that they have.</param>
internal sealed class Siblings(string definition, int stopSignal, IReadOnlyCollection<BoundSocket> sockets) : ISocketHolder
{
    private readonly Lock _lock = new();
    private readonly List<ISocketHolder> _living = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;

    /// <inheritdoc/>
    public string? Definition => definition;

    /// <inheritdoc/>
    public int StopSignal => Living() is [.., var newest] ? newest.StopSignal : stopSignal;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public bool IsEnding => _isEnding;

    /// <inheritdoc/>
    public IReadOnlySet<int> Leaders => Living().SelectMany(child => child.Leaders).ToHashSet();

    /// <inheritdoc/>
    public Task Asked => Task.WhenAll(Living().Select(child => child.Asked));

    /// <inheritdoc/>
    public IEnumerable<IOtherProcesses> Others => Living().SelectMany(child => child.Others);

    /// <summary>Completes when no child is added any more.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Whether they have a socket itself, and not another one that was at its place before.</summary>
    public bool Has(BoundSocket socket) => sockets.Contains(socket);

    /// <summary>
    /// The children that run with the sockets and serve by an assignment; null where there are none, or others have to end first.
    /// </summary>
    public static IReadOnlyList<ISocketHolder>? Adoptable(Assignment assignment, IReadOnlyList<BoundSocket> sockets)
    {
        var definition = assignment.IsPrefork ? assignment.Definition : null;
        return definition is not null && sockets.All(socket =>
            socket.Holder is Siblings { IsEnding: false, Ended.IsCompleted: false } holder
            && holder.Definition == definition && holder.Has(socket))
            ? ((Siblings)sockets[0].Holder!).Living()
            : null;
    }

    /// <summary>The children that run.</summary>
    public IReadOnlyList<ISocketHolder> Living()
    {
        lock (_lock)
        {
            return [.. _living];
        }
    }

    /// <summary>Adds a child.</summary>
    /// <returns>Whether it may run; otherwise all of them end, or others take their place.</returns>
    public bool TryAdd(ISocketHolder child)
    {
        lock (_lock)
        {
            if (_closed.Task.IsCompleted)
            {
                return false;
            }

            _living.Add(child);
        }

        // The task never faults, and Ended completes with the last of them.
        _ = RemoveAsync(child);
        return true;
    }

    /// <summary>Adds no child from now on: these have ended when the last of them has.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed.TrySetResult();
            TellIfEnded();
        }
    }

    /// <inheritdoc/>
    public void End(TimeSpan drain)
    {
        _isEnding = true;
        Close();
        foreach (var child in Living())
        {
            child.End(drain);
        }
    }

    private async Task RemoveAsync(ISocketHolder child)
    {
        await child.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _living.Remove(child);
            TellIfEnded();
        }
    }

    private void TellIfEnded()
    {
        if (_closed.Task.IsCompleted && _living.Count == 0)
        {
            _ended.TrySetResult();
        }
    }
}
