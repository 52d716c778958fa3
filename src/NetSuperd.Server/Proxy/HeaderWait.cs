using NetSuperd.Platform;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Proxy;

/// <summary>A connection of a proxy until its header is there, and then its way into the service.</summary>
/// <remarks>
/// The bytes are peeked at, and then exactly the header is received: what follows is the service's. The loop reports each arrival once
/// (EPOLLET), also where earlier bytes are still unread (epoll(7), question 9), so that a header in pieces does not keep the loop busy.
/// Everything but <see cref="End"/> and <see cref="RoomMade"/> is done on the loop.
/// </remarks>
/// <param name="client">The connection, whose record names the proxy as the client so far.</param>
/// <param name="entrance">The way into the service.</param>
/// <param name="loop">The loop of its listener.</param>
/// <param name="waits">The connections that wait.</param>
/// <param name="proxy">The proxy.</param>
/// <param name="began">When it was accepted, a timestamp.</param>
internal sealed class HeaderWait(Client client, Entrance entrance, EventLoop loop, HeaderWaits waits, Source proxy, long began)
    : IWatcher, ILoopWork, IWaitsForRoom
{
    private long? _token;
    private volatile Outcome? _asked;
    private bool _isOver;
    private bool _waitsForRoom;

    /// <summary>Its record.</summary>
    public ConnectionRecord Record => client.Record;

    /// <summary>The proxy.</summary>
    public Source Proxy => proxy;

    /// <summary>When it was accepted, a timestamp.</summary>
    public long Began => began;

    /// <summary>Takes the header if it is there, as it usually is, and waits for it otherwise.</summary>
    public void Begin()
    {
        if (!TryTake(Events.None))
        {
            _token = loop.Watch(client.Socket, this, Events.Read | Events.End | Events.Edge);
            waits.Add(this);
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        if (!_isOver)
        {
            _isOver = TryTake(events);
        }
    }

    /// <summary>Runs what was posted: the wait is to end, or there is room for another child.</summary>
    public void Run()
    {
        if (_asked is { } asked && (_waitsForRoom || !_isOver))
        {
            Close(asked);
        }
        else if (_waitsForRoom)
        {
            Enter();
        }
    }

    /// <inheritdoc/>
    public void RoomMade() => loop.Post(this);

    /// <summary>Ends the wait, unless it is over. From any thread.</summary>
    /// <param name="end">How the connection ends.</param>
    /// <param name="problem">What is wrong with its header; null: nothing is.</param>
    public void End(ConnectionEnd end, string? problem = null)
    {
        _asked = new Outcome(end, problem);
        loop.Post(this);
    }

    /// <returns>Whether the wait is over.</returns>
    private bool TryTake(Events events)
    {
        Span<byte> bytes = stackalloc byte[ProxyHeader.MostBytes];
        var peeked = client.Socket.Peek(bytes);
        if (peeked.MustWait)
        {
            return false;
        }

        if (peeked.Count <= 0)
        {
            // As a check of whether the port is open does.
            return Close(new Outcome(ConnectionEnd.Reset, null));
        }

        var read = ProxyHeaderReader.Read(bytes[..peeked.Count]);
        if (read.Problem is { } problem)
        {
            return Close(new Outcome(ConnectionEnd.Refused, problem));
        }

        if (read.IsMore)
        {
            return (events & Events.End) != 0 && Close(new Outcome(ConnectionEnd.Refused, "it is cut off by the end of the connection"));
        }

        if (!TryReceive(bytes[..read.Length]))
        {
            return Close(new Outcome(ConnectionEnd.Reset, null));
        }

        Stop();
        if (read.Header is { Client: { } named, Local: { } local })
        {
            client.Record.NameClient(named, local, read.Header.Values);
        }

        Enter();
        return true;
    }

    private bool TryReceive(Span<byte> header)
    {
        while (!header.IsEmpty)
        {
            var received = client.Socket.Receive(header);
            if (received.Count <= 0)
            {
                return false;
            }

            header = header[received.Count..];
        }

        return true;
    }

    private void Enter()
    {
        _isOver = true;
        _waitsForRoom = entrance.MustWait(this);
        if (_waitsForRoom)
        {
            waits.Keep(this);
        }
        else
        {
            waits.Remove(this);
            entrance.Admit(client, mayWait: false);
        }
    }

    private bool Close(Outcome outcome)
    {
        (_isOver, _waitsForRoom) = (true, false);
        Stop();
        client.Socket.Reset();
        waits.Remove(this);
        waits.Close(client.Record, outcome.End, outcome.Problem);
        return true;
    }

    private void Stop()
    {
        if (_token is { } token)
        {
            loop.Forget(client.Socket, token);
            _token = null;
        }
    }

    private sealed record Outcome(ConnectionEnd End, string? Problem);
}
