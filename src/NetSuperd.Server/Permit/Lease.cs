namespace NetSuperd.Server.Permit;

/// <summary>
/// What a connection or a child takes from the limits of its service, from before it is accepted to its end. Given back once, by
/// <see cref="Dispose"/>: after the gates have admitted it the places, before that all, tokens included.
/// </summary>
internal sealed class Lease(ServiceGates gates, Verdict refusal, Pace? pace) : IDisposable
{
    private int _isReleased;

    /// <summary>The gates that it is for.</summary>
    public ServiceGates Gates => gates;

    /// <summary>Why nothing was taken: a limit is reached, and clients do not wait for it.</summary>
    public Verdict Refusal => refusal;

    /// <summary>By which a token was taken, and is given back; null: none was, or there is no rate.</summary>
    public Pace? Pace { get; set; } = pace;

    /// <summary>Whether the client was accepted before a token was there for it: too many waited to let it wait unknown.</summary>
    public bool IsAhead { get; init; }

    /// <summary>Whether the client, which is known now, waits for a token: to be judged again when one is there.</summary>
    public bool NeedsToken { get; set; }

    /// <summary>Whether its client has come in.</summary>
    public bool IsAdmitted { get; set; }

    /// <summary>The source that it counts for, and the level of the slot that counts it; null where no client came in.</summary>
    public (Source Source, int Level)? Source { get; set; }

    /// <summary>The networks that it counts for; null where no client came in.</summary>
    public Networks? Networks { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0 && refusal.Reason is null)
        {
            gates.Release(this);
        }
    }
}
