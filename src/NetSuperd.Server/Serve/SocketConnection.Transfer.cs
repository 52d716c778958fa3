using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <content>Moves bytes between a call and the system, and notes what the system has and takes.</content>
internal sealed partial class SocketConnection
{
    // The most bytes of a built-in's connection in one turn of the loop, where each call counts as some bytes at least.
    private const int MostPerTurn = 512 * 1024;
    private const int LeastOfACall = MostPerTurn / 16;

    private int _spent;
    private int _known;
    private volatile Input _input;
    private volatile bool _canSend = true;
    private volatile bool _endHasCome;
    private volatile bool _hasUrgent;

    /// <summary>What is known about the bytes to receive.</summary>
    private enum Input : byte
    {
        /// <summary>
        /// No bytes were there. The loop reports the next ones; a connection that is not watched yet is reported at once if it has some.
        /// </summary>
        None,

        /// <summary>Unknown until the system is asked.</summary>
        Unknown,

        /// <summary>Some are there, or the end.</summary>
        Some,
    }

    private bool HasTurn => !IsBuiltin || _spent < MostPerTurn;

    /// <inheritdoc/>
    internal override void Block(string? call) => HandlerThread.Block(call);

    private bool TryReceive(WaitingCall call)
    {
        if (_input == Input.None)
        {
            return false;
        }

        if (call.Kind == CallKind.Peek)
        {
            return TryPeek(call);
        }

        var takes = call.Kind == CallKind.Receive;
        if (!takes && _input == Input.Some)
        {
            Received(0, 0);
            return true;
        }

        var buffer = takes ? call.Buffer.Span : default;
        var received = Receive(buffer);
        if (received.Failure is { } errno)
        {
            call.Set(Lost("recv", errno));
        }
        else if (!received.MustWait)
        {
            call.Set(Received(received.Count, buffer.Length));
        }

        return !received.MustWait;
    }

    private bool TryPeek(WaitingCall call)
    {
        // Noted before the system is asked: the loop reports what comes from here on, also beside unread bytes (epoll(7), question 9).
        _input = Input.None;
        var peeked = socket.Peek(call.Buffer.Span);
        if (peeked.Failure is { } errno)
        {
            call.Set(Lost("recv", errno));
            return true;
        }

        if (peeked.Count == 0)
        {
            _endHasCome = true;
        }

        if (peeked.Count <= _known && !_endHasCome)
        {
            return false;
        }

        _input = Input.Unknown;
        call.Set(Moved(Math.Max(0, peeked.Count)));
        return true;
    }

    private bool TrySend(WaitingCall call)
    {
        if (!_canSend)
        {
            if (!_isConnectLate)
            {
                return false;
            }

            call.Set((int)Errno.ETIMEDOUT);
            return true;
        }

        if (call.Kind == CallKind.Connect)
        {
            call.Set((int)socket.TakeFailure().GetValueOrDefault());
            return true;
        }

        var sent = Send(call.Buffer.Span);
        if (sent.Failure is { } errno)
        {
            call.Set(Lost("send", errno));
            return true;
        }

        if (!sent.MustWait)
        {
            call.Sent(Sent(sent.Count));
        }

        if (_canSend && !call.Buffer.IsEmpty)
        {
            TakeTurn();
        }

        return call.Buffer.IsEmpty;
    }

    /// <summary>Receives what is there, and notes whether there may be more.</summary>
    private Transfer Receive(Span<byte> buffer)
    {
        // Noted before the system is asked: the loop reports what comes from here on.
        _input = Input.None;
        var received = socket.Receive(buffer);
        if (received.Count == 0 && buffer.Length > 0)
        {
            _endHasCome = true;
        }

        if (_endHasCome)
        {
            _input = Input.Some;
        }
        else if (received.Count == buffer.Length || (received.Count > 0 && (_hasUrgent || !socket.Family.IsIp)))
        {
            _input = Input.Unknown;
        }

        return received;
    }

    /// <summary>Sends what the system takes, and notes whether it may take more.</summary>
    private Transfer Send(ReadOnlySpan<byte> bytes)
    {
        _canSend = false;
        var sent = socket.Send(bytes);
        if (sent.Count == bytes.Length || (sent.Count > 0 && !socket.Family.IsIp))
        {
            _canSend = true;
        }

        return sent;
    }

    private int Received(int count, int asked)
    {
        record.BytesReceived += count;
        _peerEnded |= count == 0 && asked > 0;
        return Moved(count);
    }

    private int Sent(int count)
    {
        record.BytesSent += count;
        return Moved(count);
    }

    private int Moved(int count)
    {
        _spent += Math.Max(count, LeastOfACall);
        Progress();
        return count;
    }

    /// <summary>A call has made progress.</summary>
    private void Progress()
    {
        // A built-in reads no clock, unless another thread moves its bytes: those of a child with pipes.
        Volatile.Write(ref _lastProgress, IsBuiltin && loop.IsCurrent ? loop.TurnBegan : time.GetTimestamp());
        if (!IsBuiltin)
        {
            HandlerThread.Progress();
        }
    }
}
