using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Control;

/// <summary>A connection to the control socket of a daemon.</summary>
internal sealed class ControlClient : IDisposable
{
    // A daemon that does not answer within this time is stopped (SIGSTOP) or hangs.
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly Socket _socket;
    private readonly ControlLines _lines;

    private ControlClient(string path, Socket socket)
    {
        _path = path;
        _socket = socket;
        _lines = new ControlLines(socket, takesDescriptor: true);
    }

    /// <summary>Connects, sends a request and closes.</summary>
    /// <returns>The daemon's answer; where no daemon can be asked, an answer that says why, with the exit status for that.</returns>
    public static async Task<ControlAnswer> AskAsync(string path, ControlRequest request, CancellationToken cancellationToken)
    {
        var (client, failure) = await ConnectAsync(path, request, cancellationToken).ConfigureAwait(false);
        using (client)
        {
            return client is null ? failure! : await client.AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Connects to where a request is answered: a question of a user that may not use the control socket to the socket beside it.
    /// </summary>
    /// <returns>The connection, or why there is none.</returns>
    public static async Task<(ControlClient? Client, ControlAnswer? Failure)> ConnectAsync(
        string path, ControlRequest request, CancellationToken cancellationToken)
    {
        var found = await ConnectAsync(path, cancellationToken).ConfigureAwait(false);
        if (found.Failure is not { Status: ExitStatus.NoPermission, IsClosed: true }
            || ControlCommand.Find(request.Command) is not { IsQuestion: true })
        {
            return found;
        }

        var beside = ControlPath.StatusBeside(path);
        var other = await ConnectAsync(beside, cancellationToken, isForQuestions: true).ConfigureAwait(false);
        return other.Failure switch
        {
            { IsClosed: true } => (null, ControlAnswer.Of(
                ExitStatus.NoPermission,
                $"{found.Failure.Messages[0]}, and at {beside} the group of daemon.status_group, which this user is not in")),
            { Status: ExitStatus.Unavailable } when FileStatus.Of(beside) is null => (null, ControlAnswer.Of(
                ExitStatus.NoPermission,
                $"{found.Failure.Messages[0]}; it would also answer a group at {beside}, if daemon.status_group named one")),
            _ => other,
        };
    }

    /// <summary>Connects.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="isForQuestions">
    /// Whether the request tells nothing and changes nothing, so that any daemon is believed whose user owns the socket and its folder.
    /// </param>
    /// <returns>The connection, or why there is none.</returns>
    public static async Task<(ControlClient? Client, ControlAnswer? Failure)> ConnectAsync(
        string path, CancellationToken cancellationToken, bool isForQuestions = false)
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
            if (Stranger(path, UnixPeer.Of(socket.SafeHandle), file, target, isForQuestions) is { } stranger)
            {
                socket.Dispose();
                return (null, stranger);
            }

            return (new ControlClient(path, socket), null);
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

    /// <summary>
    /// Sends a request and awaits the answer, without a limit where the daemon may need time (a change waits for its turn).
    /// </summary>
    public async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (ControlCommand.Find(request.Command) is not { TakesItsTime: true })
        {
            limit.CancelAfter(MostWait);
        }

        try
        {
            await SendAsync(request, limit.Token).ConfigureAwait(false);
            var line = await _lines.ReadAsync(ControlProtocol.MostAnswerBytes, limit.Token).ConfigureAwait(false);
            var (answer, problem) = line.Kind switch
            {
                ControlLineKind.Whole => ControlProtocol.ReadAnswer(line.Bytes.Span),
                ControlLineKind.TooLong => (null, $"the answer has more than {ControlProtocol.MostAnswerBytes >> 20} MiB"),
                _ => (null, "it closed the connection before its answer was complete"),
            };
            var passed = _lines.Descriptor;
            _lines.Descriptor = null;
            var complete = answer is null ? Failed(problem!) : WithReason(answer, request.Command);
            return complete with { Process = passed is null ? null : ProcessHandle.Passed(passed) };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"it has not answered for {MostWait.TotalSeconds} s");
        }
    }

    /// <summary>Reads a line that follows the answer.</summary>
    /// <returns>The line, to be used before the next call; null: the daemon has closed the connection.</returns>
    public async Task<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        var line = await _lines.ReadAsync(ControlProtocol.MostAnswerBytes, cancellationToken).ConfigureAwait(false);
        return line.Kind == ControlLineKind.Whole ? (ReadOnlyMemory<byte>?)line.Bytes : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Dispose();
        _socket.Dispose();
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

    /// <summary>
    /// Adds to the answer that the daemon is of an older version, where it does not know a command that this program has.
    /// </summary>
    private ControlAnswer WithReason(ControlAnswer answer, string word) =>
        answer.Messages is [var only] && only == $"netsuperd: {ControlProtocol.NoCommand(word)}"
            ? answer with
            {
                Messages = [$"{only} in the version of the daemon at {_path}; after an upgrade run 'netsuperd restart'"],
            }
            : answer;

    private ControlAnswer Failed(string reason) =>
        ControlAnswer.Of(ExitStatus.Unavailable, $"netsuperd: no answer from the daemon at {_path}: {reason}");

    private async Task SendAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await _lines.WriteAsync(ControlProtocol.Write(request), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // A daemon that turns this client away has answered without reading.
            return;
        }
    }
}
