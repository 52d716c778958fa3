using System.Diagnostics;

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
    public void Of_AThreadThatWaits_Sleeps()
    {
        using var ready = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var number = 0;
        var thread = new Thread(() =>
        {
            number = ThreadUse.CurrentThread;
            ready.Set();
            end.Wait();
        });
        thread.Start();
        Assert.True(ready.Wait(Patience, TestContext.Current.CancellationToken));

        Assert.True(SpinWait.SpinUntil(() => ThreadUse.Of(number) is { Sleeps: true }, Patience));

        end.Set();
        thread.Join();
    }

    [Fact]
    public void Of_NoThread_IsNull() => Assert.Null(ThreadUse.Of(0));
}
