using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>Thousands of refused clients take few lines of the log, do not affect other clients, and leave nothing behind.</summary>
[OnWindows]
public sealed class FloodTests
{
    private const int Flood = 2000;
    private const int AtOnce = 50;

    [Theory]
    [InlineData("rate = \"5/s\"\nat_limit = \"refuse\"", "rate")]
    [InlineData("rate_per_source = \"5/s\"", "source_rate")]
    [InlineData($"rate = \"5/s\"\n{Guarded.Refuse}", "rate")]
    public async Task Flood_OfALimitedService_IsCountedAndAffectsNoOtherService(string keys, string reason)
    {
        await using var it = await Guarded.StartAsync("handler", keys, more: "\"127.0.0.1:%other%\" = \"echo\"");
        await HearAsync(it);
        await it.UntilAsync(found => found.Ended("closed") == 1, "an end record");
        var sockets = ProcFiles.Sockets(it.Daemon.Pid);
        using var load = Load.OnPort(it.Daemon.Port("other"));
        await load.MoreAsync(20);

        var told = 0;
        await Parallel.ForAsync(1, Flood, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, _) =>
        {
            if (await HearAsync(it) == ClientGroup.Banner + "\r\n")
            {
                Interlocked.Increment(ref told);
            }
        });

        await load.MoreAsync(20);
        await load.EndAsync();
        var counted = await it.UntilAsync(found => found.Ended("refused") + found.Ended("closed") == Flood, $"{Flood} ended");
        var refused = (int)counted.Ended("refused");
        Assert.InRange(refused, Flood / 2, Flood - 5);
        Assert.Equal(refused, counted.For(reason));
        Assert.InRange(told, keys.Contains("banner", StringComparison.Ordinal) ? 1 : 0, refused);
        await Deadline.UntilAsync(
            () => Named(it.Daemon).Count + LeftOut(it.Daemon).Sum(found => found.Number("LeftOut")) == refused,
            $"{refused} in the log as well");
        Assert.All(Named(it.Daemon).Concat(LeftOut(it.Daemon)), found => Assert.Equal((reason, "it"), (found["Reason"], found["Service"])));
        Assert.InRange(Named(it.Daemon).Count, 1, refused / 5);

        // It serves again without any intervention.
        using var deadline = new CancellationTokenSource(Deadline.Default);
        for (var closed = counted.Ended("closed"); (await it.CountAsync()).Ended("closed") == closed;)
        {
            Assert.False(deadline.IsCancellationRequested, "the service does not recover");
            await HearAsync(it);
        }

        await Deadline.UntilAsync(() => ProcFiles.Sockets(it.Daemon.Pid) <= sockets, $"{sockets} sockets again");
    }

    /// <summary>Comes, says nothing, and hears an orderly end, whether it was let in or not.</summary>
    private static async Task<string> HearAsync(Guarded it)
    {
        using var client = await it.ConnectAsync();
        client.Finish();
        return await client.ReadToEndAsync();
    }

    private static List<LogEvent> Named(Daemon daemon) => [.. daemon.Events.Where(found => found.Name == "ConnectionRefused")];

    private static List<LogEvent> LeftOut(Daemon daemon) => [.. daemon.Events.Where(found => found.Name == "RefusalsLeftOut")];
}
