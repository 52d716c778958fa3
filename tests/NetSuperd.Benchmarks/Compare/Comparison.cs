namespace NetSuperd.Benchmarks.Compare;

/// <summary>
/// Netsuperd, other superservers and the limit side by side, in one run: all are started, and in every round each does each job. The rounds
/// are many and short, since a machine is quicker in one second than in the next.
/// </summary>
internal sealed class Comparison(IReadOnlyList<Job> jobs, int rounds, TimeSpan time)
{
    private static readonly Contender[] Contenders =
        [new NetsuperdContender(), new Xinetd(), new OpenbsdInetd(), new Tcpserver(), new Systemd(), new HaproxyContender(), new CLimit()];

    /// <summary>Measures and prints the table.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        // Only root can run a child as the user nobody.
        var possible = jobs.Where(job => !job.Use.AsNobody || Environment.IsPrivilegedProcess).ToList();
        await using var bench = await Bench.CreateAsync(cancellation);
        var entrants = new List<Entrant>();
        try
        {
            foreach (var contender in Contenders)
            {
                await Console.Error.WriteLineAsync($"starting {contender.Name}");
                entrants.Add(await Entrant.StartAsync(bench, contender, possible, cancellation));
            }

            Print(possible, entrants, await MeasureAsync(bench, possible, entrants, cancellation));
            return entrants[0].Missing is null ? 0 : 1;
        }
        finally
        {
            foreach (var entrant in entrants)
            {
                await entrant.DisposeAsync();
            }
        }
    }

    private async Task<Results> MeasureAsync(Bench bench, List<Job> possible, List<Entrant> entrants, CancellationToken cancellation)
    {
        var results = new Results();
        for (var round = 0; round < rounds; round++)
        {
            await Console.Error.WriteLineAsync($"round {round + 1} of {rounds}");
            results.AddOtherWork(await OtherWork.ShareAsync(cancellation));
            foreach (var job in possible)
            {
                // Each comes after another one in the next round, and pays for what that one left behind.
                var order = entrants.Skip(round % entrants.Count).Concat(entrants.Take(round % entrants.Count));
                foreach (var entrant in order.Where(entrant => entrant.Does(job)))
                {
                    results.Add(job, entrant, await entrant.MeasureAsync(bench, job, time, cancellation));
                }
            }
        }

        return results;
    }

    private void Print(List<Job> possible, List<Entrant> entrants, Results results)
    {
        Table TableOf(Func<Job, string> name) => new(
            [["job", .. entrants.Select(entrant => entrant.Name)],
            .. possible.Select(job => (string[])[name(job), .. entrants.Select(entrant => results.Cell(job, entrant, entrants[0]))])]);

        Console.WriteLine();
        Console.WriteLine($"{Machine.Text}; the median of {rounds} rounds of {time.TotalSeconds} s.");
        Console.WriteLine("In brackets how many times that rate netsuperd reaches, the median of the rounds.");
        Console.WriteLine();
        Console.WriteLine(TableOf(job => $"{job.Name}: {job.Text}").Plain);
        var notes = entrants.Where(entrant => entrant.Missing is not null)
            .Select(entrant => $"{entrant.Name} is missing: {entrant.Missing}")
            .Concat(jobs.Except(possible).Select(job => $"{job.Name} is missing: it needs root"))
            .Concat(results.Failures).Concat(results.Disturbance is { } note ? [note] : []).ToList();
        notes.ForEach(Console.WriteLine);
        Console.WriteLine(notes.Count > 0 ? "\nFor README:\n" : "For README:\n");
        Console.WriteLine(TableOf(job => $"`{job.Name}`: {job.Text}").Markdown);
    }
}
