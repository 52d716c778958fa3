using System.Net;
using System.Threading.Channels;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>When it accepts: at once, by many at a time, after a rest, and in turn with others.</summary>
public sealed class AcceptLoopTests : TestedAcceptLoop
{
    [Fact]
    public async Task Run_Stopped_EndsFromTheAcceptAndFromThePause()
    {
        Log.Expects(AcceptExhausted);
        var waiting = RunAsync();
        await Script.CallsAsync(1);
        await StopAsync(waiting);

        using var again = new CancellationTokenSource();
        Script.FailsAlways(EMFILE);
        var listener = Make(Script);
        listener.Assign(To(Receivers.Of((_, _) => { })));
        var pausing = listener.RunAsync(again.Token);
        await Time.TimerAsync();
        await again.CancelAsync();
        await pausing.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Run_AtALimit_WaitsUntilItIsWoken()
    {
        Script.Then(0, 0, 0);
        var accepted = 0;
        var receiver = Receivers.Of((_, _) => accepted++);
        receiver.IsFull = true;
        var running = RunAsync(receiver);
        await receiver.RefusedAsync();
        Assert.Equal(0, Script.Calls);

        receiver.IsFull = false;
        await OnLoopAsync();
        Assert.Equal(0, Script.Calls);
        Tested.Wake();
        await Script.CallsAsync(4);
        Assert.Equal(3, accepted);
        await StopAsync(running);
    }

    [Fact]
    public async Task Assign_AnotherMapWhileItWaits_AppliesImmediately()
    {
        Script.Then(0);
        var full = Receivers.Of((_, _) => { });
        full.IsFull = true;
        var running = RunAsync(full);
        await full.RefusedAsync();
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Tested.Assign(To(Receivers.Of((_, _) => accepted.TrySetResult())));

        await accepted.Task.WaitAsync(Patience, Cancel);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_AFullBacklog_IsWorkedOffByManyAccepts()
    {
        Script.Then(new int[500]);
        var accepted = 0;
        var running = RunAsync(Receivers.Of((port, _) =>
        {
            Assert.Equal(7u, port.Key.Number);
            accepted++;
        }));
        await Script.CallsAsync(501);

        Assert.Equal(500, accepted);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_AFullBacklog_LeavesOthersTheirTurn()
    {
        Script.Then(new int[500]);
        var (turns, accepted) = (new List<int>(), 0);
        var running = RunAsync(Receivers.Of((_, _) => accepted++));
        void TakeTurn()
        {
            turns.Add(accepted);
            if (accepted < 500)
            {
                Loop.Post(new Work(TakeTurn));
            }
        }

        Loop.Post(new Work(TakeTurn));
        await Script.CallsAsync(501);
        await OnLoopAsync();

        var batches = turns.Zip(turns.Skip(1), (before, after) => after - before).ToList();
        Assert.All(batches, count => Assert.InRange(count, 0, 16));
        Assert.Contains(16, batches);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ClientsThatComeOneByOne_CostOneAcceptEach()
    {
        await StopAsync(RunAsync());
        var calls = Script.Calls;
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Tcp(0, IPAddress.Loopback), IPAddress.Loopback));
        bound.Listen();
        var backlog = new CountedBacklog(bound);
        var accepted = Channel.CreateUnbounded<bool>();
        using var stopping = new CancellationTokenSource();
        var listener = Make(backlog);
        listener.Assign(To(Receivers.Of((_, socket) =>
        {
            socket.Dispose();
            accepted.Writer.TryWrite(true);
        })));
        var running = listener.RunAsync(stopping.Token);
        using var clients = new Clients();
        for (var i = 1; i <= 10; i++)
        {
            clients.Connect(bound.Socket.LocalEndPoint!);
            await accepted.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            await OnLoopAsync();
        }

        // The second of a batch is tried once, after the first that came alone.
        Assert.InRange(backlog.Calls, 10, 15);
        await stopping.CancelAsync();
        await running.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Run_OnTwoLoops_BothAcceptFromOneSocket()
    {
        using var second = new EventLoop("second", new Epoll(), Log.LoopFailed);
        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Tcp(0, IPAddress.Loopback), IPAddress.Loopback));
        bound.Listen();
        var latch = new Latch();
        var threads = Channel.CreateUnbounded<string?>();
        var receiver = Receivers.Of((_, socket) =>
        {
            // A loop that is held up does not hold up the other one.
            socket.Dispose();
            threads.Writer.TryWrite(Thread.CurrentThread.Name);
            latch.Wait();
        });
        var loops = new[] { Make(new Backlog(bound, NoReserve)), Make(new Backlog(bound, NoReserve), second) };
        var running = loops.Select(loop =>
        {
            loop.Assign(To(receiver));
            return loop.RunAsync(Stopping.Token);
        }).ToList();
        using var clients = new Clients();

        clients.Connect(bound.Socket.LocalEndPoint!);
        var first = await threads.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        clients.Connect(bound.Socket.LocalEndPoint!);
        var other = await threads.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

        Assert.Equal(["second", "test"], new[] { first, other }.Order());
        latch.Release();
        await StopAsync(Task.WhenAll(running));
    }

    /// <summary>Completes when the loop has served what was ready before, and run what was posted.</summary>
    private async Task OnLoopAsync()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Loop.Post(new Work(done.SetResult));
            await done.Task.WaitAsync(Patience, Cancel);
        }
    }

    private sealed class Work(Action run) : ILoopWork
    {
        public void Run() => run();
    }

    private sealed class CountedBacklog(BoundSocket bound) : Backlog(bound, NoReserve)
    {
        public int Calls { get; private set; }

        protected override StreamSocket? AcceptNext(out Errno errno)
        {
            Calls++;
            return base.AcceptNext(out errno);
        }
    }
}
