using Microsoft.Extensions.Logging;
using NetSuperd.Logging;

namespace NetSuperd.Control;

/// <summary>Answers every line, also a malformed request.</summary>
/// <param name="daemon">Does what a request asks for.</param>
/// <param name="logger">The log.</param>
/// <param name="place">Which users may ask what; null: the other end is a process of the daemon itself.</param>
internal sealed class ControlResponder(IOperator daemon, ILogger logger, ControlPlace? place)
{
    private readonly WrongTokens _wrongTokens = new(logger);

    /// <summary>Why a client is not answered at all; null where it is.</summary>
    public string? Refusal(ControlPeer? peer) => place?.Refusal(peer);

    /// <summary>The answer to a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="asking">The process of an operator, which the log names; null: a process of the daemon asks.</param>
    /// <param name="stopping">Ends the waiting for the daemon.</param>
    public async Task<ControlAnswer> AnswerAsync(ControlLine line, ControlPeer? asking, CancellationToken stopping)
    {
        var (request, problem) = line.Kind switch
        {
            ControlLineKind.Whole => ControlProtocol.ReadRequest(line.Bytes.Span),
            ControlLineKind.TooLong => (null, $"a request has at most {ControlProtocol.MostRequestBytes} bytes"),
            _ => (null, "the request has no line feed at its end"),
        };
        if (request is null)
        {
            return ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: {problem}");
        }

        var isWrong = false;
        if (place?.Refusal(request, daemon.Token, out isWrong) is { } refusal)
        {
            logger.OperatorQuestion(asking?.User, asking?.Pid, ControlCommand.Find(request.Command)!.Typed(request));
            if (isWrong)
            {
                _wrongTokens.Count(asking, place.Path);
            }

            return ControlAnswer.Of(ExitStatus.NoPermission, refusal) with { IsLate = isWrong };
        }

        if (asking is { } process)
        {
            await LogAsync(request, process).ConfigureAwait(false);
        }

        return await AnswerAsync(request, stopping).ConfigureAwait(false);
    }

    /// <summary>Logs the asking user, before anything is done: the log may end with the command.</summary>
    private async Task LogAsync(ControlRequest request, ControlPeer process)
    {
        var command = ControlCommand.Find(request.Command)!;
        if (command.IsQuestion || request.DryRun == true)
        {
            logger.OperatorQuestion(process.User, process.Pid, command.Typed(request));
        }
        else if (logger.IsEnabled(LogLevel.Information))
        {
            var user = await AskingUser.OfAsync(process).ConfigureAwait(false);
            logger.OperatorCommand(user.Name, process.User, user.Login, process.Pid, command.Typed(request));
        }
    }

    private async Task<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken stopping)
    {
        try
        {
            var answer = await ControlCommand.Find(request.Command)!.RunAsync(daemon, request).ConfigureAwait(false);
            return place is { IsForQuestions: true } ? answer.WithoutSecrets() : answer;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ControlAnswer.Of(ExitStatus.Unavailable, "netsuperd: the daemon is stopping");
        }
        catch (Exception failure)
        {
            logger.ControlFailed(failure, request.Command);
            return ControlAnswer.Of(ExitStatus.Software, $"netsuperd: '{request.Command}' failed inside the daemon; see its log");
        }
    }
}
