namespace NetSuperd.Server.Tally;

/// <summary>The counts of a service's datagrams since the daemon started.</summary>
public sealed class DatagramTotals
{
    private long _received;
    private long _answered;
    private long _refused;
    private long _truncated;
    private long _failed;
    private long _unsent;

    /// <summary>All datagrams received.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Answers sent.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Datagrams that were refused, and answers that were withheld.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Datagrams that were too long, and dropped.</summary>
    public long Truncated => Interlocked.Read(ref _truncated);

    /// <summary>Datagrams on which the handler threw.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Answers that the system did not send: its queue was full, or there is no route to the sender.</summary>
    public long Unsent => Interlocked.Read(ref _unsent);

    /// <summary>The counts that are not 0, by the words of the log.</summary>
    public IReadOnlyDictionary<string, long> ByWord => new (string Word, long Count)[]
    {
        ("received", Received), ("answered", Answered), ("refused", Refused), ("truncated", Truncated), ("failed", Failed),
        ("unsent", Unsent),
    }.Where(pair => pair.Count > 0).ToDictionary(pair => pair.Word, pair => pair.Count);

    /// <summary>Counts a batch.</summary>
    internal void Count(int received, long answered, long unsent)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _answered, answered);
        Interlocked.Add(ref _unsent, unsent);
    }

    /// <summary>Counts a refused datagram.</summary>
    internal void CountRefused() => Interlocked.Increment(ref _refused);

    /// <summary>Counts a datagram that was too long.</summary>
    internal void CountTruncated() => Interlocked.Increment(ref _truncated);

    /// <summary>Counts a datagram on which the handler threw.</summary>
    internal void CountFailed() => Interlocked.Increment(ref _failed);
}
