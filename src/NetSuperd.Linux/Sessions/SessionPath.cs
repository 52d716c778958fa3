using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Linux.Sessions;

/// <summary>The path of the datagrams of a socket that a worker forwards, by one map: each client has a session. For one thread.</summary>
/// <remarks>
/// Overview. Every datagram passes the gates of datagrams, and the first one of a session those of connections as well: a session has a
/// record, and counts as a connection does. It is a channel to the worker (<see cref="Session"/>), and ends with it; the worker keeps the
/// time limits, as it does for connections. Each answer passes the gates of answers.
/// </remarks>
internal sealed class SessionPath : IDatagramReceiver, IWaitsForRoom
{
    private readonly SocketPlace _place;
    private readonly EndPoint _bound;
    private readonly WorkerService _worker;
    private readonly IWaitingListener _listener;
    private readonly ServiceGates _gates;
    private readonly DatagramGates _datagrams;
    private readonly DatagramTally _tally;
    private readonly Stages _stages;
    private readonly Admission _admission;
    private readonly Func<(EndPoint? Peer, EndPoint Local)> _between;
    private readonly bool _isGroup;
    private readonly SessionPlaces _places;
    private readonly SessionRoom _room;
    private SessionTable? _table;
    private DatagramBatch? _batch;
    private int _index;

    /// <param name="place">The socket in the map.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="loop">Its loop.</param>
    /// <param name="worker">What forwards.</param>
    /// <param name="listener">The listener of the socket.</param>
    /// <param name="reserve">The descriptors that are kept from sessions.</param>
    /// <param name="datagrams">The gates of datagrams.</param>
    /// <param name="sessions">What the sessions of all services have in common.</param>
    /// <param name="stages">The stages.</param>
    public SessionPath(
        SocketPlace place, Socket socket, EventLoop loop, WorkerService worker, IWaitingListener listener,
        DescriptorReserve reserve, DatagramGates datagrams, SessionSet sessions, Stages stages)
    {
        (_place, _bound, _worker, _listener, _datagrams, _stages) = (place, socket.LocalEndPoint!, worker, listener, datagrams, stages);
        (_gates, _tally) = (stages.Gates.Of(worker.Use.Name), stages.Tally.Datagrams(worker.Use));
        _places = sessions.PlacesOf(worker.Use.Name);
        _room = new SessionRoom(reserve, place.Local, worker.Use.Name, stages.Logger, stages.Time);
        _table = new SessionTable(socket.SafeHandle, loop, _places, sessions.Loop, stages.Time);
        var admission = place.Port.Service.Admission;
        _admission = admission.Has(AdmissionKeys.IdleTimeout)
            ? admission
            : admission with { IdleTimeout = AdmissionKeys.SessionIdleTimeout };
        _isGroup = _bound is IPEndPoint { Address: var address } && HostAddress.IsGroup(address);
        _between = () => (_batch?.Remote(_index), Local());
        _tally.Use.Enter();
    }

    /// <inheritdoc/>
    public bool CallsHandler => false;

    /// <inheritdoc/>
    public bool MustWait() => _worker.MustWait(this);

    /// <inheritdoc/>
    public void RoomMade() => _listener.Wake();

    /// <inheritdoc/>
    /// <remarks>The sessions of the same service stay, whatever the map in force says of their targets.</remarks>
    public void Follow(IDatagramReceiver before)
    {
        if (before is SessionPath same && same._tally.Use.Name == _tally.Use.Name)
        {
            (_table, same._table) = (same._table, null);
        }
    }

    /// <inheritdoc/>
    public void Receive(DatagramBatch batch)
    {
        _batch = batch;
        for (_index = 0; _index < batch.Count; _index++)
        {
            // The map names the group, so its service may answer: from the address of this host.
            var arrival = batch.Arrival(_index) is var arrived && _isGroup ? arrived with { IsForMany = false } : arrived;
            var peer = Peer.Of(arrival);
            if (batch.IsTruncated(_index))
            {
                _tally.Drop(_between);
            }
            else if (_datagrams.Judge(peer).Reason is { } reason)
            {
                _tally.Refuse(reason, _between);
            }
            else
            {
                Pass(arrival, peer);
            }
        }

        _tally.Count(batch.Count, 0, 0);
    }

    /// <summary>Sends an answer of the worker to the client of a session, unless a gate refuses it.</summary>
    /// <returns>Whether it is sent.</returns>
    public bool Answer(in Peer peer, in DatagramArrival arrival, DatagramReturn back, ReadOnlySpan<byte> data, SafeHandle socket)
    {
        var verdict = _datagrams.JudgeAnswer(peer, arrival, (_bound as IPEndPoint)?.Port ?? 0, [], data, loops: null);
        if (verdict.Reason is { } reason)
        {
            Refuse(reason, back);
            return false;
        }

        var failure = back.Send(socket, data);
        if (failure == Errno.EACCES)
        {
            Refuse(GateOrder.Forbidding.Refusal.Reason!, back);
        }
        else
        {
            _tally.Count(received: 0, failure is null ? 1 : 0, failure is null ? 0 : 1);
        }

        return failure is null;
    }

    /// <inheritdoc/>
    public void Stop()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table?.End();
        _tally.Use.Leave();
    }

    private void Refuse(string reason, DatagramReturn back) => _tally.Refuse(reason, () => (back.Remote, _bound));

    private EndPoint Local() => _bound is IPEndPoint ip && _batch?.Local(_index) is { } to ? new IPEndPoint(to, ip.Port) : _bound;

    private void Pass(in DatagramArrival arrival, in Peer peer)
    {
        var data = _batch!.Data(_index);
        var message = _table!.Buffer.AsSpan(0, data.Length + 1);
        message[0] = 0;
        data.CopyTo(message[1..]);
        if (_table.Find(SessionKey.Of(arrival)) is { } known)
        {
            if (known.Pass(message))
            {
                return;
            }

            _table.Remove(known);
        }

        Open(arrival, peer)?.Pass(message);
    }

    /// <summary>Opens a session for a datagram; null: the client is refused, or nothing can serve it now.</summary>
    private Session? Open(in DatagramArrival arrival, in Peer peer)
    {
        if (!_room.IsThere())
        {
            _tally.CountFailed();
            return null;
        }

        var groups = GroupsOf(peer);
        if (_batch!.ReturnOf(_index) is not { } back || Enter(peer, groups) is not { } lease)
        {
            return null;
        }

        MessageSocket? own = null;
        StreamSocket? other = null;
        try
        {
            (own, var end) = MessageSocket.CreatePair();
            other = LinuxStreamSocket.Of(end, AddressFamily.Unix);
            var record = _stages.Tally.Open(_tally.Use, _place.Protocol, Local(), _batch.Remote(_index), lease);
            var session = new Session(_table!, this, own, back, arrival, peer, groups, _stages.Time) { Record = record };
            _stages.LogShare.Judge(record);
            session.Served = _worker.StartSession(other, record, _admission, session.Idle);
            _table!.Add(session);
            _room.Take(other);
            return session;
        }
        catch (CallException failure)
        {
            // No descriptor is left, or the loop cannot watch one more. What the worker has ends with the channel.
            own?.Dispose();
            if (other is null)
            {
                lease.Dispose();
            }

            _tally.CountFailed();
            _room.Lack(failure.Message);
            return null;
        }
    }

    /// <summary>The source and the networks of a client, the narrowest first.</summary>
    private IReadOnlyList<Source> GroupsOf(in Peer peer)
    {
        var networks = Networks.Of(peer);
        return [.. ((Source?[])[peer.SourceBy(_admission.SourcePrefix), networks.Narrow, networks.Wide]).OfType<Source>().Distinct()];
    }

    private Lease? Enter(in Peer peer, IReadOnlyList<Source> groups)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            var lease = _gates.TryEnter(wait: null)!;
            var verdict = _gates.Judge(lease, peer, mayWait: false);
            if (verdict.Reason is not { } reason)
            {
                return lease;
            }

            if (isSecond || !_places.MakeRoom(verdict, groups))
            {
                _tally.Refuse(reason, _between);
                return null;
            }
        }
    }
}
