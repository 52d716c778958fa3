using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Forward;

/// <summary>A session of datagrams between its client and real targets.</summary>
public sealed class DatagramForwardingTests : IDisposable, ITargetTally
{
    private const int TargetFailed = 4012;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop;
    private readonly ConnectionTally _tally;
    private readonly ForwardParts _parts;
    private readonly DatagramBuffers _buffers = new();

    public DatagramForwardingTests()
    {
        _loop = new EventLoop("test", new Epoll(), _log.LoopFailed, TimeProvider.System);
        _tally = new ConnectionTally(_log, TimeProvider.System);
        _parts = new ForwardParts("app", _loop, null!, _log, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loop.Dispose();
        _log.Dispose();
    }

    ConnectionRecord? ITargetTally.RecordOf(long id) => null;

    void ITargetTally.Reach(long id, int target, EndPoint end)
    {
    }

    [Fact]
    public async Task Datagram_ThatWaitsForTheNextTarget_IsNotMixedWithOtherSessions()
    {
        using var pair = await SocketPair.TcpAsync();
        using var second = Listen();
        var first = Listen();
        var (client, turns) = (new ScriptedClient(_loop), new ScriptedTurns(_loop));
        var running = RunAsync(client, turns, _tally.Open("app", pair.Server));
        client.Send("one");
        turns.Offer(TurnOf(first));
        Assert.Equal("one", await HearAsync(first));

        first.Dispose();
        client.Send("two");

        // The target has refused it, and the next one is not known yet.
        await turns.AskedAsync(2);
        _buffers.OfClients.AsSpan().Fill((byte)'x');
        turns.Offer(TurnOf(second));

        Assert.Equal("two", await HearAsync(second));
        client.Abort();
        await running.WaitAsync(Patience, Cancel);
        Assert.Single(_log.Of(TargetFailed));
    }

    private async Task RunAsync(ScriptedClient client, ScriptedTurns turns, ConnectionRecord record)
    {
        await LoopTurn.On(_loop).ConfigureAwait(false);
        await new DatagramForwarding(client, record, turns, null, _parts, this, _buffers).RunAsync().ConfigureAwait(false);
    }

    private TargetTurn TurnOf(Socket target)
    {
        var plan = new ForwardPlan
        {
            Transparent = false,
            Targets = [new ForwardTarget(target.LocalEndPoint!)],
            Balance = Balance.First,
            ConnectTimeout = Patience,
        };
        return new TargetTurn(new Target(plan, 0, _parts), new TargetAddress(target.LocalEndPoint!, TimeProvider.System), _parts);
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}"));
        return socket;
    }

    private static async Task<string> HearAsync(Socket target)
    {
        var buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer, 0, await target.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
    }

    /// <summary>The daemon's side of a session. Its calls complete on the loop.</summary>
    private sealed class ScriptedClient(EventLoop loop) : StreamConnection
    {
        private readonly Channel<string> _sent = Channel.CreateUnbounded<string>();

        public override long Id => 1;

        public override string Service => "app";

        public override EndPoint LocalEndPoint => new IPEndPoint(IPAddress.Loopback, 1);

        public override EndPoint RemoteEndPoint => new IPEndPoint(IPAddress.Loopback, 2);

        public override CancellationToken Closed => CancellationToken.None;

        public void Send(string text) => _sent.Writer.TryWrite($"\0{text}");

        public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var text = await _sent.Reader.WaitToReadAsync(cancellationToken) ? await _sent.Reader.ReadAsync(cancellationToken) : "";
            await LoopTurn.On(loop).ConfigureAwait(false);
            return Encoding.ASCII.GetBytes(text, buffer.Span);
        }

        public override ValueTask WaitForDataAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.CompletedTask;

        public override ConnectionStatus GetStatus() => throw new NotSupportedException();

        public override ValueTask CloseAsync() => ValueTask.CompletedTask;

        public override void Abort() => _sent.Writer.TryComplete();
    }

    /// <summary>Targets that the test offers. Its calls complete on the loop.</summary>
    private sealed class ScriptedTurns(EventLoop loop) : IAsyncEnumerator<TargetTurn>
    {
        private readonly Channel<TargetTurn> _offered = Channel.CreateUnbounded<TargetTurn>();
        private int _asked;

        public TargetTurn Current { get; private set; }

        public void Offer(TargetTurn turn) => _offered.Writer.TryWrite(turn);

        /// <summary>Waits until it has been asked so often.</summary>
        public async Task AskedAsync(int times) =>
            Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => Volatile.Read(ref _asked) >= times, Patience), Cancel));

        public async ValueTask<bool> MoveNextAsync()
        {
            Interlocked.Increment(ref _asked);
            Current = await _offered.Reader.ReadAsync(Cancel);
            await LoopTurn.On(loop).ConfigureAwait(false);
            return true;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
