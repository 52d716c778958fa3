using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>Operators reach the daemon at a unix socket.</summary>
internal sealed class UnixDoor : IControlDoor
{
    /// <inheritdoc/>
    public (ControlListener? Listener, ControlBindFailure? Failure) Open(ControlPlace place) => ControlSocket.Bind(place);

    /// <inheritdoc/>
    public async Task<(ControlConnection? Connection, ControlAnswer? Failure)> ConnectAsync(
        string path, bool isForQuestions, CancellationToken cancellationToken)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            return (null, ControlAnswer.Of(
                ExitStatus.Usage, $"netsuperd: no socket can be at '{path}': the path of a socket has at most 107 bytes"));
        }

        // The owner that is checked and the socket that is connected to are the same, whatever another user puts at the path meanwhile.
        using var target = CheckedPath.Walk(path, ProcessIdentity.EffectiveUserId);
        if (target.File is not { } file)
        {
            return (null, Unreachable(path, target.Failure?.Errno ?? Errno.ENOENT));
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(file.Link), cancellationToken).ConfigureAwait(false);
            var connection = new UnixConnection(socket, takesProcess: true);
            if (Stranger(path, UnixPeer.Of(socket.SafeHandle), file, target, isForQuestions) is { } stranger)
            {
                connection.Dispose();
                return (null, stranger);
            }

            return (connection, null);
        }
        catch (SocketException failure)
        {
            socket.Dispose();

            // The runtime reports a missing path and an unavailable address by the same error.
            var errno = (Errno)failure.NativeErrorCode;
            return (null, Unreachable(path, errno == Errno.EADDRNOTAVAIL ? Errno.ENOENT : errno));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ControlAnswer Closed(string path)
    {
        var answer = ControlAnswer.Of(ExitStatus.NoPermission, $"netsuperd: the daemon at {path} answers only root and its own user");
        return answer with { IsClosed = true };
    }

    private static ControlAnswer Unreachable(string path, Errno errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => Closed(path),
        Errno.EAGAIN => ControlAnswer.Of(
            ExitStatus.Unavailable, $"netsuperd: the daemon at {path} serves as many clients as it can; try again"),
        _ => ControlAnswer.Of(
            ExitStatus.Unavailable,
            $"netsuperd: no daemon answers at {path} ({Marshal.GetPInvokeErrorMessage((int)errno)}); "
            + "start it, or name its control socket with --control or its map with --config "
            + "(after an edit of daemon.control: the old socket)"),
    };

    /// <summary>
    /// Why the answering process is not trusted; null where it is. Any user may have bound a socket at a path that can be guessed, or made
    /// a link there to the socket of a service, and could then answer root as it likes. The system names the process that called listen(2)
    /// (unix(7), SO_PEERCRED): root's daemon, and not a child that got the socket from it.
    /// </summary>
    private static ControlAnswer? Stranger(string path, PeerCredentials? peer, PathHandle socket, CheckedPath target, bool isForQuestions)
    {
        var own = ProcessIdentity.EffectiveUserId;
        if (ProcessIdentity.IsRoot && peer is { Uid: 0 } && target.Complaints is [var complaint, ..])
        {
            return ControlAnswer.Of(
                ExitStatus.NoPermission,
                $"netsuperd: the daemon at {path} is not trusted: {complaint}; name the control socket of the daemon with --control");
        }

        if (peer is { Uid: var user }
            && (user == 0 || user == own
                || ((own == 0 || isForQuestions) && socket.Status.UserId == user && target.Folder.Status.UserId == user)))
        {
            return null;
        }

        var believed = own == 0
            ? "a command of root trusts a daemon of root, or of the user that owns both the socket and its folder"
            : "a command trusts a daemon of root or of its own user";
        return ControlAnswer.Of(
            ExitStatus.NoPermission,
            $"netsuperd: process {peer?.Pid} of user {peer?.Uid} answers at {path} and is not trusted: {believed}; say by --control "
            + "where the daemon is, or remove the socket");
    }
}
