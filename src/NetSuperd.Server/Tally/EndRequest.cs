namespace NetSuperd.Server.Tally;

/// <summary>A request to a child to end. It is made once; a later one can only shorten the time that the child has.</summary>
/// <param name="outer">A request that counts for the child as well; null: there is none.</param>
internal sealed class EndRequest(EndRequest? outer = null)
{
    private readonly TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _shortening = new();
    private TimeSpan _drain = TimeSpan.MaxValue;

    /// <summary>Completes when it is made.</summary>
    public Task Made => outer is null ? _made.Task : Task.WhenAny(_made.Task, outer.Made);

    /// <summary>Whether it is made.</summary>
    public bool IsMade => _made.Task.IsCompleted || outer is { IsMade: true };

    /// <summary>Completes when the child has got the signal.</summary>
    public Task Delivered => _delivered.Task;

    /// <summary>The time that the child has, from the first request on.</summary>
    public TimeSpan Drain
    {
        get
        {
            lock (_shortening)
            {
                return outer is { Drain: var other } && other < _drain ? other : _drain;
            }
        }
    }

    /// <summary>Makes it.</summary>
    /// <param name="drain">The time that the child has.</param>
    public void Make(TimeSpan drain)
    {
        lock (_shortening)
        {
            _drain = drain < _drain ? drain : _drain;
        }

        _made.TrySetResult();
    }

    /// <summary>The child has got the signal.</summary>
    /// <returns>Whether it is the first one.</returns>
    public bool Deliver() => _delivered.TrySetResult();
}
