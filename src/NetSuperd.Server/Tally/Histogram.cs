using System.Text.Json.Serialization;

namespace NetSuperd.Server.Tally;

/// <summary>Counts times by how long they were: each in the first bucket whose bound it does not exceed. Thread-safe.</summary>
/// <param name="bounds">The bounds in seconds, in rising order; one bucket more has the times beyond them.</param>
public sealed class Histogram(IReadOnlyList<double> bounds)
{
    private readonly long[] _counts = new long[bounds.Count + 1];
    private long _ticks;

    /// <summary>The bounds for how long connections last: from a single answer to a session of a working day.</summary>
    public static IReadOnlyList<double> DurationBounds { get; } =
        [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600, 14400];

    /// <summary>The bounds for how long a client waits for its handler or child.</summary>
    public static IReadOnlyList<double> StartBounds { get; } =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    /// <summary>What was counted; null: nothing yet.</summary>
    public HistogramCounts? Counts
    {
        get
        {
            var counts = Enumerable.Range(0, _counts.Length).Select(bucket => Interlocked.Read(ref _counts[bucket])).ToArray();
            return Array.TrueForAll(counts, static count => count == 0) ? null
                : new HistogramCounts(counts, TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds);
        }
    }

    /// <summary>Counts a time.</summary>
    internal void Count(TimeSpan time)
    {
        var (seconds, bucket) = (time.TotalSeconds, 0);
        while (bucket < bounds.Count && seconds > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _ticks, time.Ticks);
    }
}

/// <summary>The counts of a <see cref="Histogram"/>.</summary>
/// <param name="Counts">How many times are in each bucket, those of smaller buckets not included.</param>
/// <param name="SumSeconds">The sum of all times, in seconds.</param>
public sealed record HistogramCounts(IReadOnlyList<long> Counts, [property: JsonPropertyName("sum_s")] double SumSeconds);

/// <summary>The bounds of the histograms that each service has.</summary>
/// <param name="Duration">Of <see cref="ServiceStatus.Duration"/>, in seconds.</param>
/// <param name="Start">Of <see cref="ServiceStatus.Start"/>, in seconds.</param>
public sealed record HistogramBounds(
    [property: JsonPropertyName("duration_s")] IReadOnlyList<double> Duration,
    [property: JsonPropertyName("start_s")] IReadOnlyList<double> Start)
{
    /// <summary>The bounds of this version.</summary>
    public static HistogramBounds Own { get; } = new(Histogram.DurationBounds, Histogram.StartBounds);
}
