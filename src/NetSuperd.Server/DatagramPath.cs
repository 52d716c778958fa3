using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// The path of the datagrams of a socket, by one map. For one thread; its handler is not disposed while the path is in use.
/// </summary>
internal sealed class DatagramPath : IDatagramReceiver, IAnswerGate
{
    private readonly DatagramGates _gates;
    private readonly DatagramTally _tally;
    private readonly DatagramCall _call;
    private readonly LoopWatch? _loops;
    private readonly EndPoint _bound;
    private readonly bool _isGroup;
    private readonly Func<(EndPoint? Peer, EndPoint Local)> _between;
    private DatagramBatch? _batch;
    private int _index;
    private DatagramArrival _arrival;
    private Peer _peer;

    public DatagramPath(HandlerInstance handler, Socket socket, DatagramGates gates, DatagramTally tally, TimeProvider time)
    {
        (_gates, _tally) = (gates, tally);
        _loops = handler.IsBuiltin ? new LoopWatch(time.TimestampFrequency) : null;
        _bound = socket.LocalEndPoint!;
        _isGroup = _bound is IPEndPoint { Address: var address } && HostAddress.IsGroup(address);
        _call = new DatagramCall(handler, socket, this);
        _between = () =>
            (_batch!.Remote(_index), _bound is IPEndPoint ip && _batch.Local(_index) is { } to ? new IPEndPoint(to, ip.Port) : _bound);
        tally.Use.Enter();
    }

    /// <summary>Whether an answer to this host comes back: a raw socket receives every packet of its protocol, also its own.</summary>
    public bool HearsItself { get; init; }

    /// <inheritdoc/>
    public void Receive(DatagramBatch batch)
    {
        _batch = batch;
        var (sent, unsent) = (batch.Sent, batch.Unsent);
        for (_index = 0; _index < batch.Count; _index++)
        {
            var arrival = batch.Arrival(_index);

            // The map names the group, so its service may answer: from the address of this host.
            _arrival = _isGroup ? arrival with { IsForMany = false }
                : HearsItself && arrival.IsLocal ? arrival with { IsForMany = true }
                : arrival;
            _peer = Peer.Of(_arrival);
            if (batch.IsTruncated(_index))
            {
                _tally.Drop(_between);
            }
            else if (_gates.Judge(_peer) is { Reason: { } reason })
            {
                _tally.Refuse(reason, _between);
            }
            else if (_call.Handle(batch, _index) is { } failure)
            {
                _tally.Fail(failure, _between);
            }
        }

        batch.Send();
        foreach (var forbidden in batch.Forbidden)
        {
            _index = forbidden;
            _tally.Refuse(GateOrder.Forbidding.Refusal.Reason!, _between);
        }

        _tally.Count(batch.Count, batch.Sent - sent, batch.Unsent - unsent - batch.Forbidden.Count);
    }

    /// <inheritdoc/>
    public void Dispose() => _tally.Use.Leave();

    /// <inheritdoc/>
    public bool MayAnswer(ReadOnlySpan<byte> answer)
    {
        var port = _bound is IPEndPoint ip ? ip.Port : 0;
        if (_gates.JudgeAnswer(_peer, _arrival, port, _batch!.Data(_index), answer, _loops).Reason is { } reason)
        {
            _tally.Refuse(reason, _between);
            return false;
        }

        return true;
    }
}
