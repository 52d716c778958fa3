using NetSuperd.Server.Config.Files;

namespace NetSuperd.Control;

/// <summary>A connection to a daemon.</summary>
internal sealed class ControlClient : IDisposable
{
    // A daemon that does not answer within this time is stopped (SIGSTOP) or hangs.
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly ControlConnection _connection;
    private readonly ControlLines _lines;

    private ControlClient(string path, ControlConnection connection)
    {
        _path = path;
        _connection = connection;
        _lines = new ControlLines(connection);
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
            { Status: ExitStatus.Unavailable } when Installation.Current.Host.Files.StatusOf(beside) is null => (null, ControlAnswer.Of(
                ExitStatus.NoPermission,
                $"{found.Failure.Messages[0]}; it would also answer a group at {beside}, if daemon.status_group named one")),
            _ => other,
        };
    }

    /// <summary>Connects.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="isForQuestions">
    /// Whether the request tells nothing and changes nothing, so that any daemon is believed whose user owns the path.
    /// </param>
    /// <returns>The connection, or why there is none.</returns>
    public static async Task<(ControlClient? Client, ControlAnswer? Failure)> ConnectAsync(
        string path, CancellationToken cancellationToken, bool isForQuestions = false)
    {
        var (connection, failure) = await Installation.Current.Door.ConnectAsync(path, isForQuestions, cancellationToken)
            .ConfigureAwait(false);
        return (connection is null ? null : new ControlClient(path, connection), failure);
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
            var complete = answer is null ? Failed(problem!) : WithReason(answer, request.Command);
            return complete with { Process = _connection.TakeProcess() };
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
    public void Dispose() => _connection.Dispose();

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
        catch (IOException)
        {
            // A daemon that turns this client away has answered without reading.
            return;
        }
    }
}
