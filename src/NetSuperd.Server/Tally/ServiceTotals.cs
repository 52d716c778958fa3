using System.Collections.Concurrent;

namespace NetSuperd.Server.Tally;

/// <summary>The counts of a service's connections since the daemon started. A connection is counted when its record is closed.</summary>
public sealed class ServiceTotals
{
    private readonly long[] _ends = new long[Enum.GetValues<ConnectionEnd>().Length];
    private readonly ConcurrentDictionary<string, long> _reasons = new();
    private long _accepted;
    private long _ended;
    private long _received;
    private long _sent;

    /// <summary>Its datagrams, where a handler serves them.</summary>
    public DatagramTotals Datagrams { get; } = new();

    /// <summary>How long connections lasted that were served.</summary>
    public Histogram Duration { get; } = new(Histogram.DurationBounds);

    /// <summary>How long connections waited for their handler or child.</summary>
    public Histogram Start { get; } = new(Histogram.StartBounds);

    /// <summary>Connections and children that have begun.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Bytes that a handler has received, of connections that have ended.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Bytes that a handler has sent, of connections that have ended.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Connections and children that have not ended.</summary>
    public long Live
    {
        get
        {
            // In this order: a connection that begins and ends meanwhile must not make it negative.
            var ended = Interlocked.Read(ref _ended);
            return Interlocked.Read(ref _accepted) - ended;
        }
    }

    /// <summary>Whether any connection has ended.</summary>
    public bool HasAny => _ends.Any(count => count > 0) || Datagrams.Received > 0;

    /// <summary>How many connections ended in this way.</summary>
    public long this[ConnectionEnd end] => Interlocked.Read(ref _ends[(int)end]);

    /// <summary>
    /// How many ended for a reason that has a word: refusals, and children that could not be started (<c>exec ENOENT</c>).
    /// </summary>
    public IReadOnlyDictionary<string, long> Reasons => _reasons;

    /// <summary>Counts a connection that begins.</summary>
    internal void Begin() => Interlocked.Increment(ref _accepted);

    /// <summary>Counts a connection that has ended; the words of reasons are a closed list.</summary>
    internal void Count(ConnectionRecord record, ConnectionEnd end, string? reason, TimeSpan elapsed)
    {
        // A reader that sees the end counted finds its reason as well.
        if (reason is not null)
        {
            CountReason(reason);
        }

        if (end is not (ConnectionEnd.Refused or ConnectionEnd.Unspawned))
        {
            Duration.Count(elapsed);
            Interlocked.Add(ref _received, record.BytesReceived);
            Interlocked.Add(ref _sent, record.BytesSent);
        }

        Interlocked.Increment(ref _ended);
        Interlocked.Increment(ref _ends[(int)end]);
    }

    /// <summary>Counts a reason, also that of a refused datagram.</summary>
    internal void CountReason(string reason) => _reasons.AddOrUpdate(reason, 1, static (_, count) => count + 1);

    /// <summary>
    /// All counters that are not 0, as the log writes them: <c>exited 12, unspawned 3 (exec ENOENT 3)</c>; empty where all are 0.
    /// </summary>
    public override string ToString()
    {
        var ends = string.Join(", ", Enum.GetValues<ConnectionEnd>().Where(end => this[end] > 0).Select(end => $"{end.Word()} {this[end]}")
            .Concat(Datagrams.ByWord.Select(pair => $"datagrams {pair.Key} {pair.Value}")));
        var reasons = string.Join(
            ", ", _reasons.OrderBy(reason => reason.Key, StringComparer.Ordinal).Select(reason => $"{reason.Key} {reason.Value}"));
        return reasons.Length == 0 ? ends : $"{ends} ({reasons})";
    }
}
