using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// The path of the datagrams of a socket, by one map. For one thread; its handler is not disposed while the path is in use.
/// </summary>
internal sealed class DatagramPath : IDatagramReceiver, IDatagramExchange, IWaitsForRoom
{
    private readonly IWaitingListener _listener;
    private readonly DatagramGates _gates;
    private readonly DatagramTally _tally;
    private readonly DatagramCall? _call;
    private readonly IDatagramWorker? _worker;
    private readonly LoopWatch? _loops;
    private readonly EndPoint _bound;
    private readonly bool _isGroup;
    private readonly Func<(EndPoint? Peer, EndPoint Local)> _between;
    private DatagramBatch? _batch;
    private int _index;
    private DatagramArrival _arrival;
    private Peer _peer;

    /// <param name="handler">The handler; null: it serves in a worker.</param>
    /// <param name="worker">The worker in which the handler serves; null: none.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="listener">Its listener.</param>
    /// <param name="gates">The gates of the service.</param>
    /// <param name="tally">Counts the datagrams.</param>
    /// <param name="time">The clock.</param>
    public DatagramPath(
        HandlerInstance? handler, IDatagramWorker? worker, Socket socket, IWaitingListener listener, DatagramGates gates,
        DatagramTally tally, TimeProvider time)
    {
        (_listener, _gates, _tally) = (listener, gates, tally);
        _loops = handler?.IsBuiltin ?? worker!.IsBuiltin ? new LoopWatch(time.TimestampFrequency) : null;
        _bound = socket.LocalEndPoint!;
        _isGroup = _bound is IPEndPoint { Address: var address } && HostAddress.IsGroup(address);
        _call = handler is null ? null : new DatagramCall(handler, this);
        _worker = worker;
        _between = () => (Remote(_index), Local(_index));
        tally.Use.Enter();
    }

    /// <summary>Whether an answer to this host comes back: a raw socket receives every packet of its protocol, also its own.</summary>
    public bool HearsItself { get; init; }

    /// <inheritdoc/>
    public bool CallsHandler => _call is not null;

    /// <inheritdoc/>
    public bool MustWait() => _worker is not null && _worker.MustWait(this);

    /// <inheritdoc/>
    public void RoomMade() => _listener.Wake();

    /// <inheritdoc/>
    public void Follow(IDatagramReceiver before)
    {
    }

    /// <inheritdoc/>
    public void Receive(DatagramBatch batch)
    {
        _batch = batch;
        var (sent, unsent) = (batch.Sent, batch.Unsent);
        for (var index = 0; index < batch.Count; index++)
        {
            Select(index);
            if (batch.IsTruncated(index))
            {
                _tally.Drop(_between);
            }
            else if (_gates.Judge(_peer) is { Reason: { } reason })
            {
                _tally.Refuse(reason, _between);
            }
            else if (_call is null)
            {
                _worker!.Add(batch, index, this);
            }
            else if (_call.Handle(index) is { } failure)
            {
                _tally.Fail(failure, _between);
            }
        }

        _worker?.Exchange(this);
        batch.Send();
        foreach (var forbidden in batch.Forbidden)
        {
            _index = forbidden;
            _tally.Refuse(GateOrder.Forbidding.Refusal.Reason!, _between);
        }

        _tally.Count(batch.Count, batch.Sent - sent, batch.Unsent - unsent - batch.Forbidden.Count);
    }

    /// <inheritdoc/>
    public void Stop() => _worker?.Stop();

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker?.Dispose();
        _tally.Use.Leave();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Data(int index) => _batch!.Data(index);

    /// <inheritdoc/>
    public EndPoint? Remote(int index) => _batch!.Remote(index);

    /// <inheritdoc/>
    public EndPoint Local(int index) => _bound is IPEndPoint ip && _batch!.Local(index) is { } to ? new IPEndPoint(to, ip.Port) : _bound;

    /// <inheritdoc/>
    /// <remarks>The gates of the service judge each answer, also one of a worker.</remarks>
    public bool Answer(int index, ReadOnlySpan<byte> data)
    {
        if (index != _index)
        {
            Select(index);
        }

        var port = _bound is IPEndPoint ip ? ip.Port : 0;
        if (_gates.JudgeAnswer(_peer, _arrival, port, Data(index), data, _loops).Reason is { } reason)
        {
            _tally.Refuse(reason, _between);
            return false;
        }

        return _batch!.TryAnswer(index, data);
    }

    /// <summary>The handler, which serves in a worker, has failed on a datagram; the worker logs that.</summary>
    public void Fail() => _tally.CountFailed();

    /// <summary>The process of the worker has ended before it has served a datagram.</summary>
    public void Lose(int index)
    {
        Select(index);
        _tally.Lose(_between);
    }

    private void Select(int index)
    {
        var arrival = _batch!.Arrival(index);

        // The map names the group, so its service may answer: from the address of this host.
        _arrival = _isGroup ? arrival with { IsForMany = false }
            : HearsItself && arrival.IsLocal ? arrival with { IsForMany = true }
            : arrival;
        _peer = Peer.Of(_arrival);
        _index = index;
    }
}
