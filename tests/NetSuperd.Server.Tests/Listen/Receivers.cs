using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>A receiver that lets every client in.</summary>
internal sealed class Receivers : IReceiver
{
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Port, StreamSocket> _accepted;
    private readonly Func<IReadOnlyList<BoundSocket>, EndPoint?, Task<ChildOutcome>> _shared;

    private Receivers(Action<Port, StreamSocket>? accepted, Func<IReadOnlyList<BoundSocket>, EndPoint?, Task<ChildOutcome>>? shared)
    {
        _accepted = accepted ?? ((_, _) => throw new InvalidOperationException("nothing is accepted"));
        _shared = shared ?? ((_, _) => Task.FromResult(ChildOutcome.Ran));
    }

    /// <summary>Whether clients have to wait.</summary>
    public volatile bool IsFull;

    /// <summary>The record of each child that gets sockets.</summary>
    public ConnectionRecord? Record;

    /// <summary>How many shares were given back.</summary>
    public int GivenBack;

    /// <summary>Completes when a listener has been told for the first time that clients have to wait.</summary>
    public Task RefusedAsync() => _refused.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static Receivers Of(Action<Port, StreamSocket> accepted) => new(accepted, null);

    public static Receivers Of(Func<IReadOnlyList<BoundSocket>, EndPoint?, Task<ChildOutcome>> shared) => new(null, shared);

    public IConnectionPath Open(SocketPlace place, Backlog backlog, IWaitingListener listener) =>
        new ConnectionPath(this, place.Port, backlog);

    public bool MayBlock(Service service) => true;

    public IDatagramReceiver Datagrams(
        SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve) =>
        throw new InvalidOperationException("no datagrams are handled");

    public ServerRecord RecordOf(Service service) => throw new InvalidOperationException("no server runs");

    public ValueTask<IChildStart?> EnterAsync(Service service, CancellationToken stopping) =>
        ValueTask.FromResult<IChildStart?>(new WaitStart(this));

    private sealed class ConnectionPath(Receivers receiver, Port port, Backlog backlog) : IConnectionPath
    {
        public bool HasClient => false;

        public AcceptOutcome Receive(bool mayWait)
        {
            if (receiver.IsFull)
            {
                receiver._refused.TrySetResult();
                return AcceptOutcome.Waits;
            }

            if (backlog.Accept() is not { } socket)
            {
                return AcceptOutcome.None;
            }

            receiver._accepted(port, socket);
            return AcceptOutcome.HandedOn;
        }

        public AcceptOutcome Resume() => AcceptOutcome.None;

        public void Close()
        {
        }
    }

    private sealed class WaitStart(Receivers receiver) : IChildStart
    {
        public ConnectionRecord? Record => receiver.Record;

        public Task<ChildOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken, EndRequest asked) =>
            receiver._shared(sockets, sender);

        public void Dispose() => Interlocked.Increment(ref receiver.GivenBack);
    }
}
