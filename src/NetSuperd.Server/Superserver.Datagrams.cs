using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The path of a datagram through the stages.</summary>
public sealed partial class Superserver
{
    private DatagramPath DatagramsFor(Configuration configuration, Port port, Socket socket)
    {
        var handler = configuration.HandlerOf(port.Service)!;
        var gate = _gate.Of(port.Service.Name).DatagramsBy(handler.IsBuiltin ? configuration.DatagramBuiltinPorts : null);
        return new DatagramPath(handler, socket, gate, _tally.Datagrams(handler.Use));
    }

    /// <summary>What serves a socket by one map. For one thread; while it is there, its handler is not disposed.</summary>
    private sealed class DatagramPath : IDatagramReceiver
    {
        private readonly DatagramGate _gate;
        private readonly DatagramTally _tally;
        private readonly DatagramCall _call;
        private readonly EndPoint _bound;
        private readonly Func<(EndPoint? Peer, EndPoint Local)> _between;
        private DatagramBatch? _batch;
        private int _index;
        private DatagramArrival _arrival;
        private Peer _peer;

        public DatagramPath(HandlerInstance handler, Socket socket, DatagramGate gate, DatagramTally tally)
        {
            (_gate, _tally) = (gate, tally);
            _bound = socket.LocalEndPoint!;
            _call = new DatagramCall(handler, socket, MayAnswer);
            _between = () => (_batch!.Remote(_index), _bound is IPEndPoint ip && _batch.Local(_index) is { } to ? new IPEndPoint(to, ip.Port) : _bound);
            tally.Use.Enter();
        }

        /// <inheritdoc/>
        public void Receive(DatagramBatch batch)
        {
            _batch = batch;
            var (sent, unsent) = (batch.Sent, batch.Unsent);
            for (_index = 0; _index < batch.Count; _index++)
            {
                _arrival = batch.Arrival(_index);
                _peer = Peer.Of(_arrival);
                if (batch.IsTruncated(_index))
                {
                    _tally.Drop(_between);
                }
                else if (_gate.Judge(_peer) is { Reason: { } reason })
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
                _tally.Refuse(Verdict.LoopAddress.Reason!, _between);
            }

            _tally.Count(batch.Count, batch.Sent - sent, batch.Unsent - unsent - batch.Forbidden.Count);
        }

        /// <inheritdoc/>
        public void Dispose() => _tally.Use.Leave();

        private bool MayAnswer(int bytes)
        {
            if (_gate.JudgeAnswer(_peer, _arrival, _bound is IPEndPoint ip ? ip.Port : 0, bytes) is { Reason: { } reason })
            {
                _tally.Refuse(reason, _between);
                return false;
            }

            return true;
        }
    }
}
