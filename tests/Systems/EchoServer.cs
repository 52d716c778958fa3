using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>Sends everything back, on a loop, as the engine uses it: it watches changes, and asks for room when it needs some.</summary>
internal sealed class EchoServer(ITestedSystem system, Socket listener, EventLoop loop) : IWatcher
{
    private int _accepted;
    private int _ended;

    public Socket Listener => listener;

    public int Accepted => Volatile.Read(ref _accepted);

    public ConcurrentDictionary<EchoConnection, EchoConnection> Connections { get; } = [];

    public void Ready(Events events)
    {
        while (system.Accept(listener) is { } socket)
        {
            var connection = new EchoConnection(socket, loop, this);
            Connections[connection] = connection;
            connection.Begin();
            Interlocked.Increment(ref _accepted);
        }
    }

    public void Ended(EchoConnection connection)
    {
        if (Connections.TryRemove(connection, out _))
        {
            Interlocked.Increment(ref _ended);
        }
    }

    public bool HaveEnded(int count) => Volatile.Read(ref _ended) == count;
}

internal sealed class EchoConnection(StreamSocket socket, EventLoop loop, EchoServer server) : IWatcher
{
    private const Events Watched = Events.Read | Events.End | Events.Urgent | Events.Edge;

    private readonly byte[] _buffer = new byte[16_384];
    private readonly Lock _lock = new();
    private long _token;
    private int _from;
    private int _to;

    public StreamSocket Socket => socket;

    public EndPoint Peer { get; } = socket.Peer()!;

    public TaskCompletionSource HadToWait { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Begin()
    {
        lock (_lock)
        {
            _token = loop.Watch(socket, this, Watched);
        }
    }

    public void Ready(Events events)
    {
        lock (_lock)
        {
            while (TrySend() && socket.Receive(_buffer) is var received && !received.MustWait)
            {
                if (received.Count <= 0)
                {
                    Close();
                    return;
                }

                (_from, _to) = (0, received.Count);
            }
        }
    }

    public void Close()
    {
        Forget();
        socket.Dispose();
    }

    public void Forget()
    {
        loop.Forget(_token);
        server.Ended(this);
    }

    private bool TrySend()
    {
        while (_from < _to)
        {
            var sent = socket.Send(_buffer.AsSpan(_from.._to));
            if (sent.Count < 0)
            {
                if (sent.MustWait)
                {
                    HadToWait.TrySetResult();
                    loop.Change(socket, _token, Watched | Events.Write);
                }

                return false;
            }

            _from += sent.Count;
        }

        return true;
    }
}
