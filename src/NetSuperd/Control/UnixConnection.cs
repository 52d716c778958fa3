using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>A connection on a unix socket.</summary>
/// <param name="socket">The socket, which belongs to the connection.</param>
/// <param name="takesProcess">Whether a descriptor that comes along is taken; otherwise the kernel closes it.</param>
internal sealed class UnixConnection(Socket socket, bool takesProcess = false) : ControlConnection
{
    private Descriptor? _descriptor;

    /// <inheritdoc/>
    public override ControlPeer? Peer { get; } = UnixPeer.Of(socket.SafeHandle) is { } process
        ? new ControlPeer(process.Pid, process.Uid, process.Uid == 0 || process.Uid == ProcessIdentity.EffectiveUserId)
        : null;

    /// <inheritdoc/>
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (!takesProcess)
            {
                return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }

            while (true)
            {
                _ = await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (Receive(buffer.Span) is { } count)
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

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
            }
        }
        catch (SocketException gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }

    /// <inheritdoc/>
    public override int SendWith(int pid, ReadOnlySpan<byte> line)
    {
        try
        {
            using var process = ProcessHandle.Open(pid);
            return process is null ? 0 : SocketRights.Send(socket, line, process.End);
        }
        catch (CallException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public override IProcessEnd? TakeProcess()
    {
        var taken = _descriptor;
        _descriptor = null;
        return taken is null ? null : ProcessHandle.Passed(taken);
    }

    /// <inheritdoc/>
    public override void Shut() => socket.Shutdown(SocketShutdown.Both);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _descriptor?.Dispose();
        socket.Dispose();
    }

    /// <summary>
    /// Receives with a descriptor; null: nothing is there yet, although the runtime said so, which does not see this call.
    /// </summary>
    private int? Receive(Span<byte> buffer)
    {
        try
        {
            var (count, descriptor) = SocketRights.Receive(socket, buffer);
            _descriptor = descriptor ?? _descriptor;
            return count;
        }
        catch (CallException nothing) when (nothing.Errno == Errno.EAGAIN)
        {
            return null;
        }
    }
}
