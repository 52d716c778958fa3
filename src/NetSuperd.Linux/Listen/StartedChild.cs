using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>A child that was started before a client came, and shares the sockets with others.</summary>
/// <param name="child">The child.</param>
/// <param name="outcome">Completes at its end.</param>
/// <param name="sockets">The sockets.</param>
/// <param name="before">The connections that waited on each of them when it was started.</param>
/// <param name="began">When it was started, a timestamp of the clock.</param>
/// <param name="time">The clock.</param>
internal sealed class StartedChild(
    SharingChild child,
    Task<ChildOutcome> outcome,
    IReadOnlyList<BoundSocket> sockets,
    IReadOnlyList<PendingConnections> before,
    long began,
    TimeProvider time)
{
    // A child that ends sooner without having served any client is followed by the next one after a pause.
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(1);

    /// <summary>The child.</summary>
    public SharingChild Child => child;

    /// <summary>Completes at its end.</summary>
    public Task<ChildOutcome> Outcome => outcome;

    /// <summary>How long ago it was started.</summary>
    public TimeSpan Age => time.GetElapsedTime(began);

    /// <summary>Whether a child that has ended did so by itself, soon, and without having served any client.</summary>
    public bool HasEndedEarly()
    {
        var isShort = Age < ShortLife && !child.IsEnding;
        var hasServed = child.Record?.Usage is { Status: 0 }
            && sockets.Zip(before, (socket, waited) => waited.AreTaken(PendingConnections.Of(socket))).Any(taken => taken);
        return isShort && !hasServed;
    }
}
