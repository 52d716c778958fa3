using System.IO.Pipes;
using System.Security.Principal;
using NetSuperd.Control;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Control;

/// <summary>A connection at a named pipe.</summary>
/// <param name="stream">The end of this process, which belongs to the connection.</param>
internal sealed class PipeConnection(PipeStream stream) : ControlConnection
{
    // The access control list has let it in; its account can be asked for once something was received.
    private ControlPeer? _peer =
        stream is NamedPipeServerStream server ? new ControlPeer(ProcessOf(server), "unknown", MayOperate: true) : null;

    private bool _isKnown = stream is not NamedPipeServerStream;

    /// <inheritdoc/>
    public override ControlPeer? Peer => _peer;

    /// <inheritdoc/>
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0 && !_isKnown)
            {
                _peer = Identify((NamedPipeServerStream)stream, _peer!.Pid);
                _isKnown = true;
            }

            return count;
        }
        catch (IOException)
        {
            // The other end is gone.
            return 0;
        }
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        stream.WriteAsync(bytes, cancellationToken);

    /// <inheritdoc/>
    public override void Shut() => stream.Dispose();

    /// <inheritdoc/>
    /// <remarks>The system keeps what has been written until the client has read it (CloseHandle of the end of a pipe).</remarks>
    public override void Dispose() => stream.Dispose();

    private static unsafe int ProcessOf(NamedPipeServerStream server)
    {
        uint process;
        return Kernel32.GetNamedPipeClientProcessId(server.SafePipeHandle, &process) ? (int)process : 0;
    }

    /// <summary>
    /// The account of the client, which this thread takes on while it asks (ImpersonateNamedPipeClient): a client lets itself be
    /// identified, and nothing be done in its name. One that cannot be identified may do nothing.
    /// </summary>
    private static ControlPeer? Identify(NamedPipeServerStream server, int pid)
    {
        ControlPeer? peer = null;
        try
        {
            server.RunAsClient(() =>
            {
                using var client = WindowsIdentity.GetCurrent(TokenAccessLevels.Query);
                peer = new ControlPeer(pid, client.User!.Value, Accounts.MayOperate(client));
            });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }

        return peer;
    }
}
