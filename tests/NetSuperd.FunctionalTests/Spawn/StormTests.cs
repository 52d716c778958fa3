using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Children by the thousand: they delay no client, and leave nothing behind.</summary>
public sealed class StormTests
{
    private const int Clients = 32;
    private const int ChildrenOfEach = 60;
    private const long MostGrowth = 8 << 20;

    [Fact]
    public async Task Echo_WhileChildrenAreStarted_DoesNotWaitForThem()
    {
        await using var daemon = await StartAsync();
        using var echo = await daemon.ConnectAsync("echo");
        var served = 0;
        var storm = StormAsync(daemon, () => Interlocked.Increment(ref served));

        // Measured in children and not in time, which says nothing on a busy machine: an exchange that stood in the queue of the starts
        // would wait for as many of them as there are clients, each time. The median is of the daemon; the tail is of the scheduler and of
        // this process.
        var waited = new List<int>();
        while (!storm.IsCompleted)
        {
            var before = Volatile.Read(ref served);
            await echo.SendAsync("TEST");
            await echo.ReceiveAsync(4);
            waited.Add(Volatile.Read(ref served) - before);
        }

        await storm;
        waited.Sort();
        Assert.True(waited.Count > Clients, $"only {waited.Count} exchanges while {served} children were served");
        Assert.InRange(waited[waited.Count / 2], 0, Clients / 4);
    }

    [Fact]
    public async Task Children_InThousands_LeaveNoZombieDescriptorOrMemory()
    {
        await using var daemon = await StartAsync();
        await StormAsync(daemon, () => { });
        await EndedAsync(daemon, Clients * ChildrenOfEach);
        var (channels, memory) = (ProcFiles.Channels(daemon.Pid), ProcFiles.ResidentBytes(daemon.Pid));

        await StormAsync(daemon, () => { });

        await EndedAsync(daemon, 2 * Clients * ChildrenOfEach);
        Assert.Equal(2 * Clients * ChildrenOfEach, daemon.Events.Count(found => found.Name == "ChildStarted"));
        Assert.Empty(ProcFiles.Children(daemon.Pid));
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= channels, $"{channels} sockets and pipes again");
        Assert.InRange(ProcFiles.ResidentBytes(daemon.Pid), 0, memory + MostGrowth);
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync("""
        [ports]
        "127.0.0.1:%p%" = "true"
        %echo% = "echo"
        [services.true]
        exec = ["/bin/true"]
        """);

    private static Task StormAsync(Daemon daemon, Action served) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
    {
        for (var i = 0; i < ChildrenOfEach; i++)
        {
            using var client = await daemon.ConnectAsync("p");
            Assert.Equal("", await client.ReadToEndAsync());
            served();
        }
    }));

    private static async Task EndedAsync(Daemon daemon, int count) =>
        await daemon.WaitForEventsAsync("ChildEnded", count, limit: TimeSpan.FromSeconds(60));
}
