using System.Diagnostics;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>A contender that was started, or why it was not.</summary>
internal sealed class Entrant : IAsyncDisposable
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(10);

    private readonly Contender _contender;
    private readonly Dictionary<PortUse, int> _ports;
    private readonly List<ServerProcess> _processes = [];

    private Entrant(Contender contender, IEnumerable<PortUse> wanted)
    {
        _contender = contender;
        _ports = contender.Uses.Intersect(wanted).ToDictionary(use => use, _ => FreePorts.Next());
    }

    /// <summary>The name in the table.</summary>
    public string Name => _contender.Name;

    /// <summary>Why it does not take part; null when it does.</summary>
    public string? Missing { get; private set; }

    /// <summary>Starts a contender for some jobs and waits until it has done each of them for a moment, which also warms it up.</summary>
    public static async Task<Entrant> StartAsync(Bench bench, Contender contender, IReadOnlyList<Job> jobs, CancellationToken cancellation)
    {
        var entrant = new Entrant(contender, jobs.Select(job => job.Use));
        if (entrant._ports.Count == 0)
        {
            return entrant;
        }

        try
        {
            var preparation = await contender.PrepareAsync(bench, entrant._ports, cancellation);
            entrant.Missing = preparation.Missing;
            foreach (var (index, command) in preparation.Commands.Index())
            {
                entrant._processes.Add(bench.Start(command, $"{contender.Name}.{index}.out"));
            }

            foreach (var job in jobs.Where(entrant.Does))
            {
                await entrant.WarmUpAsync(bench, job, cancellation);
            }

            return entrant;
        }
        catch
        {
            await entrant.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether it takes part in a job.</summary>
    public bool Does(Job job) => Missing is null && _ports.ContainsKey(job.Use);

    /// <summary>Measures a job once.</summary>
    public Task<(double Rate, long Failed)> MeasureAsync(Bench bench, Job job, TimeSpan time, CancellationToken cancellation) =>
        bench.LoadAsync(job, _ports[job.Use], time, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private async Task WarmUpAsync(Bench bench, Job job, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while ((await MeasureAsync(bench, job, WarmUp, cancellation)).Rate == 0)
        {
            if (_processes.FirstOrDefault(process => process.HasExited) is { } ended)
            {
                Missing = $"it ended: {ended.LastLine}";
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > LongestStart)
            {
                Missing = $"nothing answers to {job.Name}: {_processes[0].LastLine}";
                return;
            }
        }
    }
}
