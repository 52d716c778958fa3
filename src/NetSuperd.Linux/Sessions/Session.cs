using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Linux.Sessions;

/// <summary>The datagrams of one client at one address of a socket, and the way of the answers. For one thread.</summary>
/// <remarks>
/// A worker has the other end of the channel, and nothing else of the client: it can answer this client alone, and only from the address
/// that the client knows.
/// </remarks>
internal sealed class Session : IWatcher
{
    private const int MostPerTurn = 32;

    private readonly SessionTable _table;
    private readonly SessionPath _path;
    private readonly MessageSocket _channel;
    private readonly DatagramReturn _back;
    private readonly DatagramArrival _arrival;
    private readonly Peer _peer;
    private readonly TimeProvider _time;
    private long _lastUse;
    private long _token;
    private bool _isAnswered;

    /// <param name="table">The sessions of the socket.</param>
    /// <param name="path">The path of its first datagram.</param>
    /// <param name="channel">The channel to the worker.</param>
    /// <param name="back">The way back.</param>
    /// <param name="arrival">The addresses between which its datagrams travel.</param>
    /// <param name="peer">The client.</param>
    /// <param name="groups">The source and the networks to which it belongs.</param>
    /// <param name="time">The clock.</param>
    public Session(
        SessionTable table, SessionPath path, MessageSocket channel, DatagramReturn back, in DatagramArrival arrival, in Peer peer,
        IReadOnlyList<Source> groups, TimeProvider time)
    {
        (_table, _path, _channel, _back, _arrival, _peer, _time) = (table, path, channel, back, arrival, peer, time);
        (Key, _lastUse) = (SessionKey.Of(arrival), time.GetTimestamp());
        (InAll, InGroups) = (new LinkedListNode<Session>(this), [.. groups.Select(group => (group, new LinkedListNode<Session>(this)))]);
    }

    /// <summary>What its datagrams have in common.</summary>
    public SessionKey Key { get; }

    /// <summary>Its place in the order of all sessions of the socket.</summary>
    public LinkedListNode<Session> InAll { get; }

    /// <summary>Its place in the order of the source and of each network to which the client belongs.</summary>
    public IReadOnlyList<(Source Group, LinkedListNode<Session> Place)> InGroups { get; }

    /// <summary>Whether the client has sent again after an answer.</summary>
    public bool IsProven { get; private set; }

    /// <summary>Its record.</summary>
    public required ConnectionRecord Record { get; init; }

    /// <summary>What the worker serves; null until it is handed to the worker.</summary>
    public WorkerConnection? Served { get; set; }

    /// <summary>How long no datagram has passed in either direction. May be called by any thread.</summary>
    public TimeSpan Idle() => _time.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>Passes a datagram of the client on. One that the worker does not take now is lost.</summary>
    /// <returns>False where the session has ended: the datagram begins another one.</returns>
    public bool Pass(ReadOnlySpan<byte> message)
    {
        IsProven |= _isAnswered;
        Use();
        var failure = _channel.TrySend(message);
        Record.BytesReceived += failure is null ? message.Length - 1 : 0;
        return failure is null or Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM;
    }

    /// <summary>Watches the channel to the worker.</summary>
    /// <exception cref="CallException">The channel cannot be watched.</exception>
    public void Watch(EventLoop loop) => _token = loop.Watch(_channel.Handle, this, Events.Read);

    /// <summary>Stops watching the channel.</summary>
    public void Forget(EventLoop loop) => loop.Forget(_channel.Handle, _token);

    /// <summary>The client sends no more: the worker has a moment for the last answer.</summary>
    public void EndSending() => _channel.EndSending();

    /// <summary>Ends it at once, whatever the worker does.</summary>
    /// <inheritdoc cref="WorkerRun.EndSession"/>
    public void End(ConnectionEnd end)
    {
        Served?.Run.EndSession(Served, end);
        _table.Remove(this);
    }

    /// <summary>Closes the channel.</summary>
    public void Close() => _channel.Dispose();

    /// <summary>The worker has answered, or ended the session.</summary>
    public void Ready(Events events)
    {
        for (var i = 0; i < MostPerTurn; i++)
        {
            var received = _channel.Receive(_table.Buffer);
            if (received.MustWait)
            {
                return;
            }

            if (received.Count <= 0)
            {
                _table.Remove(this);
                return;
            }

            if (_path.Answer(_peer, _arrival, _back, _table.Buffer.AsSpan(1, received.Count - 1), _table.Socket))
            {
                _isAnswered = true;
                Record.BytesSent += received.Count - 1;
            }

            Use();
        }
    }

    private void Use()
    {
        Volatile.Write(ref _lastUse, _time.GetTimestamp());
        _table.Use(this);
    }
}

/// <summary>What the datagrams of a session have in common: the client, and the address to which it sends.</summary>
internal readonly record struct SessionKey(UInt128 Remote, int Port, UInt128 Local, int Interface)
{
    /// <summary>The key of a datagram. A link-local address, fe80::/10 (RFC 4291, 2.5.6), is another host on another interface.</summary>
    public static SessionKey Of(in DatagramArrival arrival) => new(
        arrival.Remote, arrival.RemotePort, arrival.Local, arrival.Remote >> 118 == 0xFE80 >> 6 ? arrival.Interface : 0);
}
