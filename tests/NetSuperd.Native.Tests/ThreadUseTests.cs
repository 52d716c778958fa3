using System.Diagnostics;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class ThreadUseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Of_AThreadThatComputes_RunsAndItsTimeGrows()
    {
        var (begin, watch) = (ThreadUse.Of(ThreadUse.CurrentThread), Stopwatch.StartNew());
        Assert.False(begin!.Value.Sleeps);

        while (ThreadUse.Of(ThreadUse.CurrentThread)!.Value.Processor <= begin.Value.Processor)
        {
            Assert.True(watch.Elapsed < Patience, "no time of a processor");
        }
    }

    [Fact]
    public async Task Of_AThreadThatWaits_Sleeps()
    {
        var latch = new Latch();
        var number = 0;
        var thread = new Thread(() =>
        {
            number = ThreadUse.CurrentThread;
            latch.Wait();
        })
        { IsBackground = true };
        thread.Start();
        await latch.ReachedAsync();

        Assert.True(SpinWait.SpinUntil(() => ThreadUse.Of(number) is { Sleeps: true }, Patience));

        latch.Release();
        thread.Join();
    }

    [Fact]
    public void Of_NoThread_IsNull() => Assert.Null(ThreadUse.Of(0));
}
