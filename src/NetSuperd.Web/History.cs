using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>
/// The last 15 minutes: a sample for each interval, and the moments at which the daemon changed. For one thread at a time.
/// </summary>
internal sealed class History
{
    /// <summary>The length of an interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const int MostMarks = 200;
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    private readonly Queue<Sample> _samples = new();
    private readonly Queue<Mark> _marks = new();
    private DaemonStatus? _before;
    private DaemonStatus? _last;
    private bool _isDown;

    /// <summary>The samples, oldest first.</summary>
    public IReadOnlyList<Sample> Samples => [.. _samples];

    /// <summary>The marks, oldest first.</summary>
    public IReadOnlyList<Mark> Marks => [.. _marks];

    /// <summary>Notes an answer of the daemon; null: there was none.</summary>
    /// <returns>What has changed; null: nothing.</returns>
    public Mark? Note(DaemonStatus? status, DateTimeOffset at)
    {
        var kind = (status, _last, _isDown) switch
        {
            (null, not null, false) => "down",
            ({ } now, { } last, _) when now.Pid != last.Pid || now.Started != last.Started => "restart",
            (not null, _, true) => "up",
            ({ } now, { } last, _) when now.Applied != last.Applied => "reload",
            _ => null,
        };
        _isDown = status is null;
        _last = status ?? _last;
        if (kind is null)
        {
            return null;
        }

        var mark = new Mark(at, kind);
        _marks.Enqueue(mark);
        while (_marks.Count > MostMarks || _marks.Peek().At < at - Length)
        {
            _marks.Dequeue();
        }

        return mark;
    }

    /// <summary>Ends an interval.</summary>
    /// <returns>Its sample; null where there is nothing to compare with: a daemon counts from its start.</returns>
    public Sample? Close(DaemonStatus? status, DateTimeOffset at)
    {
        var before = _before is { } known && status?.Pid == known.Pid && status.Started == known.Started ? known : null;
        _before = status;
        if (status is null || before is null)
        {
            return null;
        }

        var sample = Between(before, status, at);
        _samples.Enqueue(sample);
        while (_samples.Peek().At < at - Length)
        {
            _samples.Dequeue();
        }

        return sample;
    }

    private static Sample Between(DaemonStatus before, DaemonStatus now, DateTimeOffset at)
    {
        var old = before.Services.ToDictionary(service => service.Name);
        var refused = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var ended = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var accepted = 0L;
        var (start, duration) = (new Difference(now.Bounds?.Start), new Difference(now.Bounds?.Duration));
        foreach (var service in now.Services)
        {
            var earlier = old.GetValueOrDefault(service.Name);
            accepted += service.Accepted - (earlier?.Accepted ?? 0);
            Add(refused, service.Reasons, earlier?.Reasons);
            Add(ended, service.Ends, earlier?.Ends);
            start.Add(service.Start, earlier?.Start);
            duration.Add(service.Duration, earlier?.Duration);
        }

        return new Sample(at, now.Connections, Math.Max(0, accepted), refused, ended, start.Quantiles(1000), duration.Quantiles(1));
    }

    private static void Add(
        SortedDictionary<string, long> sum, IReadOnlyDictionary<string, long> now, IReadOnlyDictionary<string, long>? before)
    {
        foreach (var (word, count) in now)
        {
            // A service that the map removes and adds again counts from the beginning.
            var more = count - (before?.GetValueOrDefault(word) ?? 0);
            if (more > 0)
            {
                sum[word] = sum.GetValueOrDefault(word) + more;
            }
        }
    }

    /// <summary>What has been added to the histograms of all services.</summary>
    private sealed class Difference(IReadOnlyList<double>? bounds)
    {
        private readonly long[] _counts = new long[(bounds?.Count ?? 0) + 1];

        public void Add(HistogramCounts? now, HistogramCounts? before)
        {
            for (var i = 0; i < _counts.Length && i < now?.Counts.Count; i++)
            {
                _counts[i] += Math.Max(0, now.Counts[i] - (before is not null && i < before.Counts.Count ? before.Counts[i] : 0));
            }
        }

        public Quantiles? Quantiles(double scale) => bounds is null || Total == 0 ? null : new Quantiles(At(0.5) * scale, At(0.95) * scale);

        private long Total => _counts.Sum();

        /// <summary>The quantile, on a line between the bounds of its bucket; the last bound for what exceeds that.</summary>
        private double At(double part)
        {
            var rank = part * Total;
            var (below, sum) = (0.0, 0L);
            for (var i = 0; i < bounds!.Count; below = bounds[i], i++)
            {
                if (sum + _counts[i] >= rank && _counts[i] > 0)
                {
                    return below + ((bounds[i] - below) * (rank - sum) / _counts[i]);
                }

                sum += _counts[i];
            }

            return bounds[^1];
        }
    }
}
