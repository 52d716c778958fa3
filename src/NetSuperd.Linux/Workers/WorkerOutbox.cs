using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Workers;

/// <summary>What the daemon sends to a worker: a message that the channel does not take now is kept, in order.</summary>
/// <param name="channel">The channel.</param>
internal sealed class WorkerOutbox(MessageSocket channel)
{
    private readonly Lock _lock = new();
    private readonly Queue<(byte[] Message, Descriptor[] Files)> _unsent = new();
    private readonly List<ConnectionMessage> _serving = [];
    private readonly List<WorkerConnection> _connections = [];
    private bool _hasTurnComing;
    private bool _isEnded;
    private volatile bool _isFull;

    /// <summary>Whether so many connections wait that no more should be added.</summary>
    public bool IsFull => _isFull;

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="files">What goes with it, and is closed here then.</param>
    public void Send(ReadOnlySpan<byte> message, params Descriptor[] files)
    {
        lock (_lock)
        {
            if (_unsent.Count > 0 || !TrySend(message, files))
            {
                _unsent.Enqueue((message.ToArray(), files));
            }
        }
    }

    /// <summary>Adds a connection to the next message.</summary>
    /// <returns>Whether it is the first one, so that <see cref="Flush"/> is due.</returns>
    public bool Add(WorkerConnection connection)
    {
        lock (_lock)
        {
            if (_isEnded)
            {
                connection.CloseOther();
                return false;
            }

            _serving.Add(connection.Message);
            _connections.Add(connection);
            _isFull = _serving.Count >= MessageSocket.MostConnections;
            var isFirst = !_hasTurnComing;
            _hasTurnComing = true;
            return isFirst;
        }
    }

    /// <summary>Sends what waits, as far as the channel takes it.</summary>
    /// <returns>Whether more connections may be added that could not before.</returns>
    public bool Flush()
    {
        lock (_lock)
        {
            _hasTurnComing = false;
            while (_unsent.TryPeek(out var next) && TrySend(next.Message, next.Files))
            {
                _unsent.Dequeue();
            }

            if (_unsent.Count == 0)
            {
                SendConnections();
            }

            var wasFull = _isFull;
            _isFull = _serving.Count >= MessageSocket.MostConnections;
            return wasFull && !_isFull;
        }
    }

    /// <summary>The channel has ended: what waits is sent no more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (var file in _unsent.SelectMany(each => each.Files))
            {
                file.Dispose();
            }

            _isEnded = true;
            _unsent.Clear();
            _connections.ForEach(connection => connection.CloseOther());
            _connections.Clear();
            _serving.Clear();
        }
    }

    private bool TrySend(ReadOnlySpan<byte> message, Descriptor[] files)
    {
        var isSent = IsSent(channel.TrySend(message, files));
        foreach (var file in isSent ? files : [])
        {
            file.Dispose();
        }

        return isSent;
    }

    private void SendConnections()
    {
        while (true)
        {
            RemoveClosed();
            if (_serving.Count == 0)
            {
                return;
            }

            // Threads that receive datagrams may add more than fit into a message.
            var count = Math.Min(_serving.Count, MessageSocket.MostConnections);
            var failure = channel.TrySend(
                ConnectionMessage.BytesOf(_serving, count), [.. _connections.Take(count).SelectMany(each => each.Descriptors)]);
            if (failure != Errno.EBADF || channel.IsClosed)
            {
                if (!IsSent(failure))
                {
                    return;
                }

                _connections[..count].ForEach(connection => connection.CloseOther());
                _connections.RemoveRange(0, count);
                _serving.RemoveRange(0, count);
            }
        }
    }

    /// <summary>The client of a connection that has been aborted meanwhile needs no handler.</summary>
    private void RemoveClosed()
    {
        for (var i = _connections.Count - 1; i >= 0; i--)
        {
            if (_connections[i].Socket.IsClosed)
            {
                _connections[i].CloseOther();
                _connections.RemoveAt(i);
                _serving.RemoveAt(i);
            }
        }
    }

    /// <summary>Whether a message needs no other attempt: it is sent, or the channel has ended, which its reader notices.</summary>
    private static bool IsSent(Errno? failure) => failure is not (Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM or Errno.ETOOMANYREFS);
}
