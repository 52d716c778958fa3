using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Pipes;

namespace NetSuperd.Server.Tests.Pipes;

/// <summary>Children with pipes, played by the tests, and their clients.</summary>
public abstract class TestedPipes : TestedRunner
{
    private protected const int SpawnFailed = 5001, ChildStderr = 5002, ChildKilled = 5003, ChildOverstays = 5007, ChildStarted = 6003,
        ChildEnded = 6004;

    private protected TestedPipes()
        : this(new WatchedTime())
    {
    }

    private TestedPipes(WatchedTime time)
        : base(time)
    {
        Time = time;
        var request = new LoadRequest
        {
            Host = Hosts.Linux, ToRun = true, IsRoot = false, DefaultPlugins = "/nonexistent", ExecHelper = "/nonexistent",
        };
        Processes = new PipedProcesses(Programs, new EngineParts(request, Loop, Tally, null!, Log, time));
        Service = Processes.ServiceOf(Maps.Child("cat", "/bin/cat") with
        {
            Admission = Maps.Admission with { IdleTimeout = TimeSpan.FromMinutes(1), MaxDuration = TimeSpan.FromHours(1) },
        });
    }

    private protected WatchedTime Time { get; }

    private protected PlayedPrograms Programs { get; } = new();

    private protected PipedProcesses Processes { get; }

    private protected PipedService Service { get; }

    public override async ValueTask DisposeAsync()
    {
        Processes.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<(SocketPair Client, PlayedProcess Child)> ServeAsync()
    {
        var pair = await PairAsync();
        Processes.Start(Service, Service.Program, pair.Server, Tally.Open("cat", pair.Server), Runner);
        var child = await Programs.NextAsync();
        await Processes.SettleAsync();
        return (pair, child);
    }

    private protected async Task EndedAsync(string end, string detail)
    {
        var ended = (await Log.WhenAsync(ChildEnded))[0];
        Assert.Equal((end, detail), (ended["End"], ended["Detail"]));
    }
}
