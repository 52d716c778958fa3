using Microsoft.Extensions.Logging;
using NetSuperd.Logging;

namespace NetSuperd.Control;

/// <summary>Answers every line, also a malformed request.</summary>
/// <param name="daemon">Does what a request asks for.</param>
/// <param name="logger">The log.</param>
internal sealed class ControlResponder(IOperator daemon, ILogger logger)
{
    /// <summary>The answer to a line.</summary>
    public async Task<ControlAnswer> AnswerAsync(ControlLine line, CancellationToken stopping)
    {
        var (request, problem) = line.Kind switch
        {
            ControlLineKind.Whole => ControlProtocol.ReadRequest(line.Bytes.Span),
            ControlLineKind.TooLong => (null, $"a request has at most {ControlProtocol.MostRequestBytes} bytes"),
            _ => (null, "the request has no line feed at its end"),
        };
        return request is null
            ? ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: {problem}")
            : await AnswerAsync(request, stopping).ConfigureAwait(false);
    }

    private async Task<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken stopping)
    {
        try
        {
            return await ControlCommand.Find(request.Command)!.RunAsync(daemon, request).ConfigureAwait(false);
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
