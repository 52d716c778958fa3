namespace NetSuperd.Control;

/// <summary>
/// Lines on a connection. What arrives behind a line stays for the next call, also when a call is cancelled in the middle of one.
/// </summary>
/// <param name="connection">The connection, which is the caller's.</param>
internal sealed class ControlLines(ControlConnection connection)
{
    private const int FirstBuffer = 4096;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;

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
            var count = await connection.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return new ControlLine(looked == 0 ? ControlLineKind.None : ControlLineKind.Torn);
            }

            _end += count;
        }
    }

    /// <summary>Writes a line.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken) =>
        connection.SendAsync(line, cancellationToken);

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
