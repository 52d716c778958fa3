using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>What the machine does while nothing is measured: a server that forks gains by it, one that waits for its turn loses.</summary>
internal static class OtherWork
{
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(0.3);

    /// <summary>The share of all processors that was taken for a moment, proc(5) <c>/proc/stat</c>.</summary>
    public static async Task<double> ShareAsync(CancellationToken cancellation)
    {
        var (idle, total) = Ticks();
        await Task.Delay(Watched, cancellation);
        var (idleThen, totalThen) = Ticks();
        return 1 - (idleThen - idle) / Math.Max(1, totalThen - total);
    }

    // cpu user nice system idle iowait ...
    private static (double Idle, double Total) Ticks()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
        return (ticks[3] + ticks[4], ticks.Sum());
    }
}
