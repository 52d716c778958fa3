using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class AcceptLoopTests : IDisposable
{
    private const int AcceptExhausted = 2003, AcceptRecovered = 2004, AcceptAborted = 2005, ListenerFailed = 2006;
    private const int EMFILE = 24, ECONNABORTED = 103, EBADF = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly EventLoop _loop = new("test", failure => throw failure);
    private readonly AcceptScript _accept = new();
    private readonly AcceptLoop _listener;

    public AcceptLoopTests() => _listener = Make(_accept);

    private static DescriptorReserve NoReserve => new(() => long.MaxValue, 0, () => 0);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loop.Dispose();
        _accept.Dispose();
        _stopping.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Run_Exhaustion_BacksOffFrom10MillisecondsDoublingToASecond()
    {
        _log.Expects(AcceptExhausted);
        _accept.FailsAlways(EMFILE);
        var running = RunAsync();

        var calls = 1;
        foreach (var pause in (int[])[10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
        {
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            Assert.Equal(calls, _accept.Calls);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await _accept.CallsAsync(++calls);
        }

        Assert.Equal([AcceptExhausted], _log.Ids);
        Assert.NotNull(_listener.Trouble);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ExhaustionThatEnds_IsToldOnceAndThePauseBeginsAnew()
    {
        _log.Expects(AcceptExhausted);
        _accept.Then(EMFILE, EMFILE, 0, EMFILE);
        var accepted = new TaskCompletionSource();
        var running = RunAsync(Receivers.Of((_, _) => accepted.TrySetResult()));
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        await accepted.Task.WaitAsync(Patience, Cancel);
        await _time.TimerAsync();

        Assert.Equal([AcceptExhausted, AcceptRecovered, AcceptExhausted], _log.Ids);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await _accept.CallsAsync(5);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ExhaustionWithNoClientThere_EndsWithThePause()
    {
        _log.Expects(AcceptExhausted);
        _accept.Then(EMFILE);
        var running = RunAsync();
        await _log.WhenAsync(AcceptExhausted);
        await _time.TimerAsync();
        _accept.Leave();
        _time.Advance(TimeSpan.FromMilliseconds(10));

        await _log.WhenAsync(AcceptRecovered);
        Assert.Null(_listener.Trouble);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ErrorsOfClients_AreDebugLinesWithoutAPause()
    {
        _accept.Then([.. Enumerable.Repeat(ECONNABORTED, 50)]);
        var running = RunAsync();
        await _accept.CallsAsync(51);

        Assert.Equal(50, _log.Of(AcceptAborted).Count);
        Assert.All(_log.Events, logged => Assert.Equal((AcceptAborted, LogLevel.Debug), (logged.Id, logged.Level)));
        Assert.Null(_listener.Trouble);
        await StopAsync(running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_AnythingElse_MarksTheListenerFailedAndIsRetried(bool isErrno)
    {
        _log.Expects(ListenerFailed);
        _accept.Then(isErrno ? EBADF : AcceptScript.Bug);
        var accepted = new TaskCompletionSource();
        var running = RunAsync(Receivers.Of((_, _) => accepted.TrySetResult()));
        var failed = await _log.WhenAsync(ListenerFailed);

        Assert.NotNull(_listener.Trouble);
        Assert.Equal(("0.0.0.0:7", "echo"), (failed[0]["Local"], failed[0]["Service"]));
        await _time.TimerAsync();
        _accept.Then(0);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await accepted.Task.WaitAsync(Patience, Cancel);
        await _log.WhenAsync(AcceptRecovered);
        Assert.Null(_listener.Trouble);
        Assert.Equal([ListenerFailed, AcceptRecovered], _log.Ids);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_Stopped_EndsFromTheAcceptAndFromThePause()
    {
        _log.Expects(AcceptExhausted);
        var waiting = RunAsync();
        await _accept.CallsAsync(1);
        await StopAsync(waiting);

        using var again = new CancellationTokenSource();
        _accept.FailsAlways(EMFILE);
        var listener = Make(_accept);
        listener.Assign(To(Receivers.Of((_, _) => { })));
        var pausing = listener.RunAsync(again.Token);
        await _time.TimerAsync();
        await again.CancelAsync();
        await pausing.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Run_AtALimit_RestsUntilItIsWoken()
    {
        _accept.Then(0, 0, 0);
        var accepted = 0;
        var receiver = Receivers.Of((_, _) => accepted++);
        receiver.IsFull = true;
        var running = RunAsync(receiver);
        await OnLoopAsync();
        Assert.Equal(0, _accept.Calls);

        receiver.IsFull = false;
        await OnLoopAsync();
        Assert.Equal(0, _accept.Calls);
        _listener.Wake();
        await _accept.CallsAsync(4);
        Assert.Equal(3, accepted);
        await StopAsync(running);
    }

    [Fact]
    public async Task Assign_AnotherMapWhileItRests_HoldsAtOnce()
    {
        _accept.Then(0);
        var full = Receivers.Of((_, _) => { });
        full.IsFull = true;
        var running = RunAsync(full);
        await OnLoopAsync();
        var accepted = new TaskCompletionSource();

        _listener.Assign(To(Receivers.Of((_, _) => accepted.TrySetResult())));

        await accepted.Task.WaitAsync(Patience, Cancel);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_AFullBacklog_IsWorkedOffByManyAccepts()
    {
        _accept.Then(new int[500]);
        var accepted = 0;
        var running = RunAsync(Receivers.Of((port, _) =>
        {
            Assert.Equal(7, port.Key.Number);
            accepted++;
        }));
        await _accept.CallsAsync(501);

        Assert.Equal(500, accepted);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_AFullBacklog_LeavesOthersTheirTurn()
    {
        _accept.Then(new int[500]);
        var (turns, accepted) = (new List<int>(), 0);
        var running = RunAsync(Receivers.Of((_, _) => accepted++));
        void TakeTurn()
        {
            turns.Add(accepted);
            if (accepted < 500)
            {
                _loop.Post(new Work(TakeTurn));
            }
        }

        _loop.Post(new Work(TakeTurn));
        await _accept.CallsAsync(501);
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
        var calls = _accept.Calls;
        using var bound = BoundSocket.Bind(new SocketPlace(Maps.Tcp(0, IPAddress.Loopback), IPAddress.Loopback));
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
        using var second = new EventLoop("second", failure => throw failure);
        using var bound = BoundSocket.Bind(new SocketPlace(Maps.Tcp(0, IPAddress.Loopback), IPAddress.Loopback));
        bound.Listen();
        using var isFree = new SemaphoreSlim(0);
        var threads = Channel.CreateUnbounded<string?>();
        var receiver = Receivers.Of((_, socket) =>
        {
            // A loop that is held up does not hold up the other one.
            socket.Dispose();
            threads.Writer.TryWrite(Thread.CurrentThread.Name);
            Assert.True(isFree.Wait(Patience));
        });
        var loops = new[] { Make(new Backlog(bound, NoReserve)), Make(new Backlog(bound, NoReserve), second) };
        var running = loops.Select(loop =>
        {
            loop.Assign(To(receiver));
            return loop.RunAsync(_stopping.Token);
        }).ToList();
        using var clients = new Clients();

        clients.Connect(bound.Socket.LocalEndPoint!);
        var first = await threads.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        clients.Connect(bound.Socket.LocalEndPoint!);
        var other = await threads.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

        Assert.Equal(["second", "test"], new[] { first, other }.Order());
        isFree.Release(2);
        await StopAsync(Task.WhenAll(running));
    }

    private static Assignment To(IReceiver receiver) => new([new SocketPlace(Maps.Tcp(7, null), IPAddress.Any)], receiver);

    private AcceptLoop Make(Backlog backlog, EventLoop? loop = null) =>
        new(loop ?? _loop, backlog, _log, _time, () => { });

    private Task RunAsync(Receivers? receiver = null)
    {
        _listener.Assign(To(receiver ?? Receivers.Of((_, socket) => socket.Dispose())));
        return Task.Run(() => _listener.RunAsync(_stopping.Token), Cancel);
    }

    /// <summary>Completes when the loop has served what was ready before, and run what was posted.</summary>
    private async Task OnLoopAsync()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _loop.Post(new Work(done.SetResult));
            await done.Task.WaitAsync(Patience, Cancel);
        }
    }

    private async Task StopAsync(Task running)
    {
        await _stopping.CancelAsync();
        await running.WaitAsync(Patience, Cancel);
    }

    private sealed class Work(Action run) : ILoopWork
    {
        public void Run() => run();
    }

    private sealed class Clients : IDisposable
    {
        private readonly List<Socket> _clients = [];

        public void Connect(EndPoint address)
        {
            _clients.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            _clients[^1].Connect(address);
        }

        public void Dispose() => _clients.ForEach(client => client.Dispose());
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

    /// <summary>
    /// Answers accepts with what the test says: error numbers, 0 for a connection; when nothing is left, no client is there.
    /// </summary>
    private sealed class AcceptScript : Backlog, IDisposable
    {
        public const int Bug = -1;

        // Can be read while an answer is there; at first it can, so that the loop asks once.
        private readonly Socket _signal = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Queue<int> _answers = [];
        private readonly Channel<bool> _called = Channel.CreateUnbounded<bool>();
        private int _always;
        private bool _isSignalled;
        private int _calls;
        private int _awaited;

        public AcceptScript()
            : base(null!, NoReserve)
        {
            _signal.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _signal.Connect(_signal.LocalEndPoint!);
            Signal();
        }

        public int Calls => Volatile.Read(ref _calls);

        public override SafeHandle Handle => _signal.SafeHandle;

        public override int? Count => null;

        public override bool IsEmpty
        {
            get
            {
                lock (_answers)
                {
                    return !_isSignalled;
                }
            }
        }

        public void Then(params int[] answers)
        {
            lock (_answers)
            {
                Array.ForEach(answers, _answers.Enqueue);
                Signal();
            }
        }

        public void FailsAlways(int errno)
        {
            lock (_answers)
            {
                _always = errno;
                Signal();
            }
        }

        /// <summary>From now on no client is there.</summary>
        public void Leave()
        {
            lock (_answers)
            {
                Quiet();
            }
        }

        /// <summary>Waits until accept was called so many times.</summary>
        public async Task CallsAsync(int count)
        {
            for (; _awaited < count; _awaited++)
            {
                await _called.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            }
        }

        protected override StreamSocket? AcceptNext(out Errno errno)
        {
            Interlocked.Increment(ref _calls);
            lock (_answers)
            {
                var answer = _answers.TryDequeue(out var next) ? next : _always != 0 ? _always : (int)Errno.EAGAIN;
                errno = (Errno)answer;
                if (errno == Errno.EAGAIN)
                {
                    Quiet();
                }

                _called.Writer.TryWrite(true);
                return answer == 0 ? Accepted()
                    : answer == Bug ? throw new InvalidOperationException("a bug")
                    : null;
            }
        }

        public void Dispose() => _signal.Dispose();

        private static StreamSocket Accepted()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            return StreamListener.Accept(listener)!;
        }

        private void Quiet()
        {
            if (_isSignalled)
            {
                _signal.Receive(new byte[1]);
                _isSignalled = false;
            }
        }

        private void Signal()
        {
            if (!_isSignalled)
            {
                _signal.Send([0]);
                _isSignalled = true;
            }
        }
    }
}
