using System.Diagnostics;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because one stops the whole process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class EpollTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Wait_ReadableDescriptors_AreReportedByTheirTokens()
    {
        using var epoll = new Epoll();
        using var quiet = Pipe.Create();
        using var first = Pipe.Create();
        using var second = Pipe.Create();
        epoll.Add(quiet.Reader, 1);
        epoll.Add(first.Reader, 2);
        epoll.Add(second.Reader, long.MaxValue);
        Bytes.Write(first.Writer, "x"u8);
        Bytes.Write(second.Writer, "x"u8);

        var ready = new List<long> { 77 };
        epoll.Wait(Patience, ready);
        Assert.Equal([2, long.MaxValue], ready.Order());
    }

    [Fact]
    public void Wait_WhatIsNotRead_IsReportedAgain()
    {
        using var epoll = new Epoll();
        using var pipe = Pipe.Create();
        epoll.Add(pipe.Reader, 5);
        Bytes.Write(pipe.Writer, "x"u8);

        var ready = new List<long>();
        epoll.Wait(Patience, ready);
        epoll.Wait(Patience, ready);
        Assert.Equal([5L], ready);
    }

    [Fact]
    public void Wait_Nothing_ReturnsEmptyAfterTheTime()
    {
        using var epoll = new Epoll();
        var ready = new List<long>();
        var began = Stopwatch.GetTimestamp();

        epoll.Wait(TimeSpan.FromMilliseconds(30), ready);

        Assert.Empty(ready);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public void Wait_InterruptedByASignal_Continues()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        using var epoll = new Epoll();
        using var pipe = Pipe.Create();
        epoll.Add(pipe.Reader, 5);

        // A process that is stopped and continued has it with every thread (signal(7)).
        using var child = ChildProcess.Start(
            Spawned.Shell("i=0; while [ $((i += 1)) -lt 500 ]; do kill -STOP $PPID; kill -CONT $PPID; done; echo") with
            {
                Descriptors = [nothing, pipe.Writer, nothing],
            });
        var ready = new List<long>();
        epoll.Wait(Patience, ready);

        Assert.Equal([5L], ready);
        Spawned.Reap(child);
    }

    [Fact]
    public async Task Wake_AWaitWithoutEnd_ReturnsOnceWithNothing()
    {
        using var epoll = new Epoll();
        var ready = new List<long>();
        var waiting = Task.Factory.StartNew(
            () => epoll.Wait(null, ready), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        epoll.Wake();
        await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Empty(ready);

        // The wake is used up: the next wait sees only the time.
        var began = Stopwatch.GetTimestamp();
        epoll.Wait(TimeSpan.FromMilliseconds(30), ready);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public void Remove_AReadableDescriptor_IsReportedNoMore()
    {
        using var epoll = new Epoll();
        using var pipe = Pipe.Create();
        epoll.Add(pipe.Reader, 5);
        Bytes.Write(pipe.Writer, "x"u8);

        epoll.Remove(pipe.Reader);

        var ready = new List<long>();
        epoll.Wait(TimeSpan.Zero, ready);
        Assert.Empty(ready);
    }

    [Fact]
    public void Add_ADescriptorTwice_NamesTheCall()
    {
        using var epoll = new Epoll();
        using var pipe = Pipe.Create();
        epoll.Add(pipe.Reader, 5);

        var failure = Assert.Throws<CallException>(() => epoll.Add(pipe.Reader, 6));
        Assert.Equal(("epoll_ctl", Errno.EEXIST), (failure.Call, failure.Errno));
    }
}
