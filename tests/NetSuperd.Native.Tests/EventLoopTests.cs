using System.Collections.Concurrent;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class EventLoopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly EventLoop _loop;

    public EventLoopTests() => _loop = new EventLoop("test", new Epoll(), _failures.Enqueue);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Turn_CompletesOnlyWhenTheLoopHasRunWhatWasPostedBefore()
    {
        var latch = new Latch();
        await latch.HoldAsync(_loop);

        var turn = _loop.TurnAsync();

        Assert.False(turn.IsCompleted);
        latch.Release();
        await turn.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Watch_AReadableDescriptor_CallsItsWatcherOnTheLoop()
    {
        using var pipe = Pipe.Create();
        var seen = new TaskCompletionSource<(Events, bool, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Watch(
            pipe.Reader, new Watcher(events => seen.TrySetResult((events, _loop.IsCurrent, Thread.CurrentThread.Name))), Events.Read);
        Bytes.Write(pipe.Writer, "x"u8);

        Assert.Equal((Events.Read, true, "test"), await seen.Task.WaitAsync(Patience, Cancel));
        Assert.False(_loop.IsCurrent);
    }

    [Fact]
    public async Task Watch_WhatIsNotRead_IsReportedAgain_ButOnceWhereOnlyChangesAreAskedFor()
    {
        using var level = Pipe.Create();
        using var edge = Pipe.Create();
        var (ofLevel, ofEdge) = (new Counter(), new Counter());
        _loop.Watch(edge.Reader, ofEdge, Events.Read | Events.Edge);
        Bytes.Write(edge.Writer, "x"u8);
        await ofEdge.ReachesAsync(1);
        _loop.Watch(level.Reader, ofLevel, Events.Read);
        Bytes.Write(level.Writer, "x"u8);

        await ofLevel.ReachesAsync(3);
        Assert.Equal(1, ofEdge.Count);

        Bytes.Write(edge.Writer, "x"u8);
        await ofEdge.ReachesAsync(2);
    }

    [Fact]
    public async Task Watch_TheEndOfTheOtherSide_IsReportedAsReadAndWriteAndOnceWithoutEvents()
    {
        using var awake = Pipe.Create();
        using var resting = Pipe.Create();
        var (ofAwake, ofResting) = (new Counter(), new Counter());
        _loop.Watch(awake.Reader, ofAwake, Events.Read);
        _loop.Watch(resting.Reader, ofResting, Events.None);
        Bytes.Write(resting.Writer, "x"u8);
        resting.Writer.Dispose();
        await ofResting.ReachesAsync(1);
        awake.Writer.Dispose();

        await ofAwake.ReachesAsync(3);
        Assert.True(ofAwake.Last.HasFlag(Events.Read | Events.Write | Events.End));
        Assert.Equal(1, ofResting.Count);
        Assert.True(ofResting.Last.HasFlag(Events.Read | Events.Write | Events.End));
    }

    [Fact]
    public async Task Change_ToNoEventsAndBack_ReportsWhatArrivedInBetween()
    {
        using var pipe = Pipe.Create();
        var watcher = new Counter();
        var token = _loop.Watch(pipe.Reader, watcher, Events.Read);
        await OnLoopAsync(() => _loop.Change(pipe.Reader, token, Events.None));
        Bytes.Write(pipe.Writer, "x"u8);
        await TurnAsync();
        Assert.Equal(0, watcher.Count);

        _loop.Change(pipe.Reader, token, Events.Read);

        await watcher.ReachesAsync(1);
    }

    [Fact]
    public async Task Forget_OfAnEventThatHasComeAlready_CallsNeitherItsWatcherNorTheNextOneOfTheSlot()
    {
        using var first = Pipe.Create();
        using var second = Pipe.Create();
        using var quiet = Pipe.Create();
        var calls = new ConcurrentQueue<string>();
        var later = new Watcher(_ => calls.Enqueue("later"));
        long ofFirst = 0, ofSecond = 0;
        void Seen(string own)
        {
            calls.Enqueue(own);
            _loop.Forget(first.Reader, ofFirst);
            _loop.Forget(second.Reader, ofSecond);
            _loop.Watch(quiet.Reader, later, Events.Read);
        }

        // While the loop is kept from waiting both become ready: one epoll_wait(2) brings both.
        await OnLoopAsync(() =>
        {
            ofFirst = _loop.Watch(first.Reader, new Watcher(_ => Seen("first")), Events.Read);
            ofSecond = _loop.Watch(second.Reader, new Watcher(_ => Seen("second")), Events.Read);
            Bytes.Write(first.Writer, "x"u8);
            Bytes.Write(second.Writer, "x"u8);
        });
        await TurnAsync();
        await TurnAsync();

        Assert.Single(calls);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task Forget_OfAClosedDescriptor_FreesItsSlotForOneTokenMore()
    {
        var pipe = Pipe.Create();
        var before = _loop.Watch(pipe.Reader, new Counter(), Events.Read);
        pipe.Dispose();
        _loop.Forget(before);
        _loop.Forget(before);

        using var next = Pipe.Create();
        using var other = Pipe.Create();
        var watcher = new Counter();
        var after = _loop.Watch(next.Reader, watcher, Events.Read);
        var beside = _loop.Watch(other.Reader, new Counter(), Events.Read);

        Assert.Equal((int)before, (int)after);
        Assert.NotEqual(before, after);
        Assert.NotEqual((int)after, (int)beside);
        _loop.Forget(before);
        Bytes.Write(next.Writer, "x"u8);
        await watcher.ReachesAsync(1);
    }

    [Fact]
    public async Task Watch_Thousands_EachHasItsOwnEvents()
    {
        const int Many = 1000;
        var pipes = Enumerable.Range(0, Many).Select(_ => Pipe.Create()).ToList();
        var watchers = pipes.ConvertAll(_ => new Counter());
        for (var i = 0; i < Many; i++)
        {
            _loop.Watch(pipes[i].Reader, watchers[i], Events.Read | Events.Edge);
        }

        for (var i = 0; i < Many; i += 2)
        {
            Bytes.Write(pipes[i].Writer, "x"u8);
        }

        for (var i = 0; i < Many; i += 2)
        {
            await watchers[i].ReachesAsync(1);
        }

        Assert.All(watchers.Where((_, index) => index % 2 == 1), watcher => Assert.Equal(0, watcher.Count));
        pipes.ForEach(pipe => pipe.Dispose());
    }

    [Fact]
    public void Watch_ADescriptorTwice_NamesTheCall()
    {
        using var pipe = Pipe.Create();
        _loop.Watch(pipe.Reader, new Counter(), Events.Read);

        var failure = Assert.Throws<CallException>(() => _loop.Watch(pipe.Reader, new Counter(), Events.Read));
        Assert.Equal(("epoll_ctl", Errno.EEXIST), (failure.Call, failure.Errno));
    }

    [Fact]
    public async Task Ready_AnExceptionOfAWatcherOrAWork_AffectsNoOtherWatcher()
    {
        using var bad = Pipe.Create();
        using var good = Pipe.Create();
        var watcher = new Counter();
        _loop.Watch(bad.Reader, new Watcher(_ => throw new InvalidOperationException("watcher")), Events.Read | Events.Edge);
        _loop.Watch(good.Reader, watcher, Events.Read | Events.Edge);
        Bytes.Write(bad.Writer, "x"u8);
        Bytes.Write(good.Writer, "x"u8);
        await watcher.ReachesAsync(1);
        _loop.Post(new Work(() => throw new InvalidOperationException("work")));
        await TurnAsync();

        Assert.Equal(["watcher", "work"], _failures.Select(failure => failure.Message));
    }

    [Fact]
    public async Task Post_FromManyThreads_RunsOnTheLoopInTheOrderOfEach()
    {
        const int Threads = 4;
        const int Each = 5000;
        var run = new List<(int Thread, int Number)>();
        var elsewhere = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    var number = i;
                    _loop.Post(new Work(() =>
                    {
                        run.Add((thread, number));
                        elsewhere += _loop.IsCurrent ? 0 : 1;
                    }));
                }
            },
            Cancel)));
        await TurnAsync();

        Assert.Equal(0, elsewhere);
        Assert.All(Enumerable.Range(0, Threads), thread =>
            Assert.Equal(Enumerable.Range(0, Each), run.Where(work => work.Thread == thread).Select(work => work.Number)));
    }

    [Fact]
    public async Task Post_AWorkThatPostsItselfWithoutEnd_LeavesTheTurnToDescriptors()
    {
        using var pipe = Pipe.Create();
        var watcher = new Counter();
        _loop.Watch(pipe.Reader, watcher, Events.Read | Events.Edge);
        var isRunning = true;
        Work? work = null;
        work = new Work(() =>
        {
            if (Volatile.Read(ref isRunning))
            {
                _loop.Post(work!);
            }
        });
        _loop.Post(work);

        Bytes.Write(pipe.Writer, "x"u8);
        await watcher.ReachesAsync(1);
        Volatile.Write(ref isRunning, false);
    }

    [Fact]
    public async Task Loop_AnEventAndAPost_AllocateNothing()
    {
        using var pipe = Pipe.Create();
        var measured = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (calls, before) = (0, 0L);
        var work = new Work(() => { });
        _loop.Watch(
            pipe.Reader,
            new Watcher(_ =>
            {
                _loop.Post(work);
                switch (++calls)
                {
                    case 100:
                        before = GC.GetAllocatedBytesForCurrentThread();
                        break;
                    case 1100:
                        measured.TrySetResult(GC.GetAllocatedBytesForCurrentThread() - before);
                        break;
                }
            }),
            Events.Read);
        Bytes.Write(pipe.Writer, "x"u8);

        // The smallest object has 24 bytes, and now and then the runtime allocates some for itself, on whichever thread it is.
        Assert.InRange(await measured.Task.WaitAsync(Patience, Cancel), 0, (1000 * 24) - 1);
    }

    [Fact]
    public async Task Dispose_RunsWhatWasPosted_AndNothingThatIsPostedLater()
    {
        var ran = new ConcurrentQueue<int>();
        using var loop = new EventLoop("short", new Epoll(), _failures.Enqueue);
        for (var i = 0; i < 100; i++)
        {
            var number = i;
            loop.Post(new Work(() => ran.Enqueue(number)));
        }

        await Task.Run(loop.Dispose, Cancel).WaitAsync(Patience, Cancel);
        loop.Post(new Work(() => ran.Enqueue(-1)));
        loop.Dispose();

        Assert.Equal(Enumerable.Range(0, 100), ran);
    }

    /// <summary>A turn of the loop: what was ready before has been reported after it.</summary>
    private async Task TurnAsync()
    {
        await _loop.TurnAsync().WaitAsync(Patience, Cancel);
        await _loop.TurnAsync().WaitAsync(Patience, Cancel);
    }

    private Task OnLoopAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(new Work(() =>
        {
            action();
            done.SetResult();
        }));
        return done.Task.WaitAsync(Patience, Cancel);
    }
}
