using System.CommandLine;
using NetSuperd.Benchmarks.Compare;
using NetSuperd.Benchmarks.Inside;
using NetSuperd.Benchmarks.Soak;

var rounds = new Option<int>("--rounds") { Description = "How often everything is measured", DefaultValueFactory = _ => 9 };
var seconds = new Option<double>("--seconds") { Description = "How long each time", DefaultValueFactory = _ => 0.6 };
var jobs = new Option<string[]>("--jobs")
{
    Description = "The jobs to measure",
    DefaultValueFactory = _ => [.. Job.All.Select(job => job.Name)],
    AllowMultipleArgumentsPerToken = true,
};
jobs.AcceptOnlyFromAmong([.. Job.All.Select(job => job.Name)]);

var compare = new Command("compare", "Compare netsuperd with other superservers and with the limit, in one run") { rounds, seconds, jobs };
compare.SetAction((parsed, cancellation) => new Comparison(
    [.. Job.All.Where(job => parsed.GetValue(jobs)!.Contains(job.Name))],
    Math.Max(1, parsed.GetValue(rounds)),
    TimeSpan.FromSeconds(parsed.GetValue(seconds))).RunAsync(cancellation));

var inside = new Command("inside", "Measure what a load, a verdict and a record cost inside the process");
inside.SetAction(_ => InsideBenchmarks.Run());

var connections = new Option<long>("--connections") { Description = "How many connections", DefaultValueFactory = _ => 1_000_000 };
var soak = new Command("soak", "Serve short connections while the map is reloaded, and see that nothing grows") { connections };
soak.SetAction((parsed, cancellation) => new SoakRun(Math.Max(1, parsed.GetValue(connections))).RunAsync(cancellation));

// A signal cancels, and what was started is ended before the program is.
return await new RootCommand("Benchmarks of NetSuperd") { compare, inside, soak }.Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
