using NetSuperd.Server.Permit.Order;

namespace NetSuperd.Server.Permit;

/// <summary>
/// The counts and the token that a connection or a child has taken from the limits of its service, from before the accept to its end.
/// <see cref="Dispose"/> gives them back once: only the counts after the gates have admitted it, before that the token as well.
/// </summary>
internal sealed class Lease(ServiceGates gates, QueueGate? closed, Pace? pace) : IDisposable
{
    private int _holders = 1;

    /// <summary>The gates of its service.</summary>
    public ServiceGates Gates => gates;

    /// <summary>The gate at which nothing was taken, since clients do not wait there; null: all that was asked for was taken.</summary>
    public QueueGate? Closed => closed;

    /// <summary>The rate from which a token was taken; null: none was taken, or there is no rate.</summary>
    public Pace? Pace { get; set; } = pace;

    /// <summary>Whether the client was accepted before a token was there for it: too many waited to let it wait unknown.</summary>
    public bool IsAhead { get; init; }

    /// <summary>The gate at which the accepted client waits, to be judged again when it may pass; null: it does not wait.</summary>
    public QueueGate? WaitsAt { get; set; }

    /// <summary>Whether its client was admitted.</summary>
    public bool IsAdmitted { get; set; }

    /// <summary>The source that it counts for, and the level of the slot that counts it; null where no client was admitted.</summary>
    public (Source Source, int Level)? Source { get; set; }

    /// <summary>The networks that it counts for; null where no client was admitted.</summary>
    public Networks? Networks { get; set; }

    /// <summary>Keeps it until one more <see cref="Dispose"/>: a worker passes bytes on after the end of the child.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && closed is null)
        {
            gates.Release(this);
        }
    }
}
