using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The rates of all rounds.</summary>
internal sealed class Results
{
    private const double MostOtherWork = 0.1;

    private readonly Dictionary<(string Job, string Contender), List<double>> _rates = [];
    private readonly Dictionary<(string Job, string Contender), long> _failures = [];
    private readonly List<double> _otherWork = [];

    /// <summary>Adds what one round brought.</summary>
    public void Add(Job job, Entrant entrant, (double Rate, long Failed) measured)
    {
        var key = (job.Name, entrant.Name);
        _rates.TryAdd(key, []);
        _rates[key].Add(measured.Rate);
        _failures[key] = _failures.GetValueOrDefault(key) + measured.Failed;
    }

    /// <summary>Adds the share of the processors that others took before a round.</summary>
    public void AddOtherWork(double share) => _otherWork.Add(share);

    /// <summary>
    /// The median rate, and in brackets how many times that the first contender is. Machines are noisy: the ratio is taken within each
    /// round, and of these the median.
    /// </summary>
    public string Cell(Job job, Entrant entrant, Entrant first)
    {
        if (!_rates.TryGetValue((job.Name, entrant.Name), out var rates))
        {
            return "";
        }

        var rate = string.Create(CultureInfo.InvariantCulture, $"{Median(rates):N0}");
        return entrant == first || !_rates.TryGetValue((job.Name, first.Name), out var firsts)
            ? rate
            : string.Create(CultureInfo.InvariantCulture, $"{rate} ({Median(firsts.Zip(rates, (mine, theirs) => mine / theirs)):0.00})");
    }

    /// <summary>What went wrong while it was measured, a line for each.</summary>
    public IEnumerable<string> Failures =>
        _failures.Where(pair => pair.Value > 0).Select(pair => $"{pair.Key.Contender}: {pair.Value} connections failed in {pair.Key.Job}");

    /// <summary>What other processes did during the run, in a sentence; null when the machine was idle.</summary>
    public string? Disturbance => Median(_otherWork) is var share && share > MostOtherWork
        ? $"others took {Math.Round(share * 100)} % of the processors between the rounds: measure again when the machine is quiet"
        : null;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
