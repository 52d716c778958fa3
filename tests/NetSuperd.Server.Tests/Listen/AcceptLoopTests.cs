using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
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
    private readonly AcceptScript _accept = new();
    private readonly AcceptLoop _listener;

    public AcceptLoopTests() => _listener = new AcceptLoop(_accept.WhenReadableAsync, _accept.Accept, new DescriptorReserve(() => long.MaxValue, 0, () => 0), _log, _time, () => { })
    {
        Assignment = To((_, _) => ValueTask.CompletedTask),
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
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
        var running = RunAsync((_, _) =>
        {
            accepted.TrySetResult();
            return ValueTask.CompletedTask;
        });
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
    public async Task Run_AnythingElse_MarksTheListenerFailedAndIsRetried(bool isSocketException)
    {
        _log.Expects(ListenerFailed);
        _accept.Then(isSocketException ? EBADF : AcceptScript.Bug);
        var accepted = new TaskCompletionSource();
        var running = RunAsync((_, _) =>
        {
            accepted.TrySetResult();
            return ValueTask.CompletedTask;
        });
        var failed = await _log.WhenAsync(ListenerFailed);

        Assert.NotNull(_listener.Trouble);
        Assert.Equal(("0.0.0.0:7", "echo"), (failed[0]["Local"], failed[0]["Service"]));
        await _time.TimerAsync();
        _accept.Then(0);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await accepted.Task.WaitAsync(Patience, Cancel);
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
        var pausing = _listener.RunAsync(again.Token);
        await _time.TimerAsync();
        await again.CancelAsync();
        await pausing.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Run_ASlowReceiver_MakesTheLoopWait()
    {
        _accept.Then(0, 0, 0);
        var slow = new TaskCompletionSource();
        var running = RunAsync((_, _) => new ValueTask(slow.Task));
        await _accept.CallsAsync(1);
        Assert.Equal(1, _accept.Calls);

        slow.SetResult();
        await _accept.CallsAsync(4);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_AFullBacklog_IsWorkedOffByManyAccepts()
    {
        _accept.Then(new int[500]);
        var accepted = 0;
        var running = RunAsync((port, _) =>
        {
            Assert.Equal(7, port.Key.Number);
            accepted++;
            return ValueTask.CompletedTask;
        });
        await _accept.CallsAsync(501);

        Assert.Equal(500, accepted);
        await StopAsync(running);
    }

    private static Assignment To(Func<Port, StreamSocket, ValueTask> accepted) =>
        new([new SocketPlace(Maps.Tcp(7, null), System.Net.IPAddress.Any)], Receivers.Of(accepted));

    private Task RunAsync(Func<Port, StreamSocket, ValueTask>? accepted = null)
    {
        _listener.Assignment = accepted is null ? _listener.Assignment : To(accepted);
        return Task.Run(() => _listener.RunAsync(_stopping.Token), Cancel);
    }

    private async Task StopAsync(Task running)
    {
        await _stopping.CancelAsync();
        await running.WaitAsync(Patience, Cancel);
    }

    /// <summary>Answers accepts with what the test says: error numbers, 0 for a connection; when nothing is left, an accept waits.</summary>
    private sealed class AcceptScript
    {
        public const int Bug = -1, Nobody = -2;

        private readonly ConcurrentQueue<int> _answers = new();
        private readonly Channel<bool> _called = Channel.CreateUnbounded<bool>();
        private int _always;
        private int _calls;
        private int _awaited;

        public int Calls => Volatile.Read(ref _calls);

        public void Then(params int[] answers) => Array.ForEach(answers, _answers.Enqueue);

        public void FailsAlways(int errno) => _always = errno;

        /// <summary>Waits until accept was called so many times; a pause that was decided before has begun then.</summary>
        public async Task CallsAsync(int count)
        {
            for (; _awaited < count; _awaited++)
            {
                await _called.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            }
        }

        public async ValueTask WhenReadableAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref _calls);
            _called.Writer.TryWrite(true);
            if (_answers.IsEmpty && _always == 0)
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
        }

        public StreamSocket? Accept() => (_answers.TryDequeue(out var answer) ? answer : _always) switch
        {
            0 => Accepted(),
            Nobody => null,
            Bug => throw new InvalidOperationException("a bug"),
            var errno => throw new SocketException(errno),
        };

        private static StreamSocket Accepted()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            listener.Listen();
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            return StreamListener.Accept(listener)!;
        }
    }
}
