using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <content>The calls that receive.</content>
/// <remarks>
/// Linux reports bytes that arrive beside bytes that were only looked at; Windows tells no more than that some are there. So what
/// <see cref="Peek"/> looks at is taken from the system and kept here, no more than the caller has room for.
/// </remarks>
public sealed unsafe partial class WindowsStreamSocket
{
    private byte[] _kept = [];
    private int _keptFrom;
    private int _keptTo;

    /// <summary>Whether bytes are here that were looked at, and not received yet.</summary>
    internal bool HasKept => Volatile.Read(ref _keptFrom) < Volatile.Read(ref _keptTo);

    /// <inheritdoc/>
    public override Transfer Receive(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return Look();
        }

        if (!HasKept)
        {
            return Take(buffer);
        }

        var count = Math.Min(_keptTo - _keptFrom, buffer.Length);
        _kept.AsSpan(_keptFrom, count).CopyTo(buffer);
        Volatile.Write(ref _keptFrom, _keptFrom + count);
        if (!HasKept)
        {
            (_kept, _keptFrom, _keptTo) = ([], 0, 0);
            count += count < buffer.Length ? TakeBehind(buffer[count..]) : 0;
        }

        return Transfer.Of(count);
    }

    /// <inheritdoc/>
    public override Transfer Peek(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return Look();
        }

        if (_keptTo - _keptFrom < buffer.Length)
        {
            Room(buffer.Length);
            var taken = Take(_kept.AsSpan(_keptTo, buffer.Length - _keptTo));
            Volatile.Write(ref _keptTo, _keptTo + Math.Max(0, taken.Count));
            if (!HasKept)
            {
                _kept = [];
                return taken;
            }

            if (taken.Count == 0)
            {
                Volatile.Read(ref _watched)?.FoundEnd();
            }
            else if (taken.Failure is { } errno)
            {
                // Told by the call that has received what came before it.
                Note(errno);
            }
        }

        var count = Math.Min(_keptTo - _keptFrom, buffer.Length);
        _kept.AsSpan(_keptFrom, count).CopyTo(buffer);
        return Transfer.Of(count);
    }

    /// <summary>Puts what is kept at the begin of an array that has room for as much.</summary>
    private void Room(int length)
    {
        var kept = _kept.AsSpan(_keptFrom, _keptTo - _keptFrom);
        var room = _kept.Length >= length ? _kept : new byte[length];
        kept.CopyTo(room);
        _kept = room;
        (_keptFrom, _keptTo) = (0, kept.Length);
    }

    /// <summary>Takes what is there behind bytes that the caller has got already.</summary>
    private int TakeBehind(Span<byte> rest)
    {
        var taken = Take(rest);
        if (taken.Count > 0)
        {
            return taken.Count;
        }

        if (taken.Failure is { } errno)
        {
            Note(errno);
        }

        // The end and a failure are told by the next call, for which the caller waits.
        Volatile.Read(ref _watched)?.Again(Events.Read);
        return 0;
    }

    /// <summary>Tells whether something is there.</summary>
    private Transfer Look()
    {
        if (HasKept)
        {
            return Transfer.Of(0);
        }

        Span<byte> first = stackalloc byte[1];
        var there = Call(first, Ws2.MSG_PEEK);
        if (there.MustWait)
        {
            Volatile.Read(ref _watched)?.Again(Events.Read);
        }

        return there.Count > 0 ? Transfer.Of(0) : there;
    }

    /// <summary>Receives from the system. Where nothing more is there, the next bytes are reported.</summary>
    private Transfer Take(Span<byte> buffer)
    {
        var received = Call(buffer, 0);
        if (received.Count > 0)
        {
            Moved();
        }

        if (received.MustWait || (received.Count > 0 && received.Count < buffer.Length))
        {
            Volatile.Read(ref _watched)?.Again(Events.Read);
        }

        return received;
    }

    private Transfer Call(Span<byte> buffer, int flags)
    {
        try
        {
            int count;
            fixed (byte* start = buffer)
            {
                count = Ws2.recv(this, start, buffer.Length, flags);
            }

            if (count > 0)
            {
                return Transfer.Of(count);
            }

            // After a failure that an operation was told, the call may find the end (Wine), or nothing.
            var errno = count == 0 ? default : Ws2.LastErrno();
            var noted = Interlocked.Exchange(ref _failure, 0);
            return noted != 0 ? Transfer.Failed((Errno)noted)
                : count == 0 ? Transfer.Of(0)
                : Transfer.Failed(errno);
        }
        catch (ObjectDisposedException)
        {
            return Transfer.Failed(Errno.EBADF);
        }
    }
}
