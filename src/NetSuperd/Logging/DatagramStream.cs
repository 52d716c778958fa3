using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Logging;

/// <summary>
/// Sends each line as a datagram to the socket of a log service. While that has no socket, the lines go to standard error; each batch tries
/// the socket again, so that the lines go there once it is back.
/// </summary>
/// <remarks>
/// A service that does not read costs a second for a batch, whose rest is dropped and counted. A line that has been taken counts in the
/// position, wherever it went.
/// </remarks>
internal abstract class DatagramStream : TakingStream
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly UnixDatagrams _socket;
    private readonly Stream _otherwise;

    /// <summary>Opens a socket.</summary>
    /// <param name="path">The socket of the service, which need not be there yet.</param>
    /// <param name="otherwise">Gets the lines while it is not there.</param>
    /// <exception cref="CallException">No descriptor is left.</exception>
    protected DatagramStream(string path, Stream otherwise) =>
        (_socket, _otherwise) = (UnixDatagrams.To(path, Patience), otherwise);

    /// <inheritdoc/>
    /// <exception cref="CallException">The service does not read.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (var isAway = false; buffer.Length > 0;)
        {
            var line = buffer[..(buffer.IndexOf((byte)'\n') + 1)];
            if (isAway || Send(line[..^1]) is { } failure && (isAway = IsAway(failure)))
            {
                _otherwise.Write(Otherwise(line));
            }

            Taken += line.Length;
            buffer = buffer[line.Length..];
        }
    }

    /// <summary>Sends a line without its end; null where it was sent.</summary>
    protected abstract Errno? Send(ReadOnlySpan<byte> line);

    /// <summary>The line for standard error.</summary>
    protected abstract ReadOnlySpan<byte> Otherwise(ReadOnlySpan<byte> line);

    /// <summary>Sends a datagram; null where it was sent.</summary>
    protected Errno? Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<Descriptor> files) => _socket.Send(bytes, [.. files]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _socket.Dispose();
        _otherwise.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Whether there is no service; one that is there and does not read makes the line fail.</summary>
    private static bool IsAway(Errno failure) => failure is not (Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM)
        ? true
        : throw new CallException("sendmsg", "log", failure);
}
