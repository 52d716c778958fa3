using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>
/// Lines on a connected socket. What arrives behind a line stays for the next call, also when a call is cancelled in the middle of one.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="takesDescriptor">Whether a descriptor that comes along is taken; otherwise the kernel closes it.</param>
internal sealed class ControlLines(Socket socket, bool takesDescriptor = false) : IDisposable
{
    private const int FirstBuffer = 4096;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;

    /// <summary>The descriptor that came along; it belongs to the caller once taken.</summary>
    public Descriptor? Descriptor { get; set; }

    /// <summary>Reads a line. Its memory is overwritten by the next call.</summary>
    /// <param name="mostBytes">The most bytes that it may have, its end included.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The line without its end; or that there is none.</returns>
    public async ValueTask<ControlLine> ReadAsync(int mostBytes, CancellationToken cancellationToken)
    {
        for (var looked = 0; ;)
        {
            var found = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (found >= 0 && looked + found < mostBytes)
            {
                var line = _buffer.AsMemory(_start, looked + found);
                _start += looked + found + 1;
                return new ControlLine(ControlLineKind.Whole, line);
            }

            looked = _end - _start;
            if (looked >= mostBytes)
            {
                return new ControlLine(ControlLineKind.TooLong);
            }

            MakeRoom(mostBytes);
            var count = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return new ControlLine(looked == 0 ? ControlLineKind.None : ControlLineKind.Torn);
            }

            _end += count;
        }
    }

    /// <summary>Writes a line.</summary>
    /// <exception cref="SocketException">The other end is gone.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        while (!line.IsEmpty)
        {
            line = line[await socket.SendAsync(line, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }

    /// <summary>Closes a descriptor that was not taken. The socket is the caller's.</summary>
    public void Dispose() => Descriptor?.Dispose();

    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!takesDescriptor)
            {
                return await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }

            while (true)
            {
                _ = await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (Receive() is { } count)
                {
                    return count;
                }
            }
        }
        catch (Exception reset) when (reset is SocketException or CallException)
        {
            // A peer that closes while something is left unread resets the connection (unix(7) does as tcp(7)): that is the end as well.
            return 0;
        }
    }

    /// <summary>
    /// Receives with a descriptor; null: nothing is there yet, although the runtime said so, which does not see this call.
    /// </summary>
    private int? Receive()
    {
        try
        {
            var (count, descriptor) = SocketRights.Receive(socket, _buffer.AsSpan(_end));
            Descriptor = descriptor ?? Descriptor;
            return count;
        }
        catch (CallException nothing) when (nothing.Errno == Errno.EAGAIN)
        {
            return null;
        }
    }

    private void MakeRoom(int mostBytes)
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        var grown = _start > 0 ? _buffer : new byte[Math.Min(2 * _buffer.Length, Math.Max(mostBytes, _buffer.Length + 1))];
        _buffer.AsSpan(_start, _end - _start).CopyTo(grown);
        (_buffer, _start, _end) = (grown, 0, _end - _start);
    }
}

/// <summary>What came of reading a line.</summary>
/// <param name="Kind">Whether there is one.</param>
/// <param name="Bytes">The line, without its end.</param>
internal readonly record struct ControlLine(ControlLineKind Kind, ReadOnlyMemory<byte> Bytes = default);

/// <summary>Whether there is a line.</summary>
internal enum ControlLineKind
{
    /// <summary>There is.</summary>
    Whole,

    /// <summary>The other end has said all it had to say.</summary>
    None,

    /// <summary>The other end has ended in the middle of a line.</summary>
    Torn,

    /// <summary>It is longer than it may be; there is no next one.</summary>
    TooLong,
}
