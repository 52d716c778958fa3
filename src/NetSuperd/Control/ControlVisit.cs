using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;

namespace NetSuperd.Control;

/// <summary>One connection of an operator: one request, one answer.</summary>
internal sealed class ControlVisit : IDisposable
{
    private readonly Socket _socket;
    private readonly ControlLines _lines;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _limit;
    private volatile bool _isSilent = true;

    /// <summary>Starts the client's time for its request.</summary>
    public ControlVisit(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _lines = new ControlLines(socket);
        _time = time;
        _limit = new CancellationTokenSource(ControlProtocol.RequestTime, time);
    }

    /// <summary>Whether the client has not asked yet.</summary>
    public bool IsSilent => _isSilent;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>Ends the time of a client that has not sent its request yet.</summary>
    public void GiveUp() => _limit.Cancel();

    /// <summary>Reads the request and answers it.</summary>
    /// <param name="responder">Answers.</param>
    /// <param name="logger">The log.</param>
    /// <param name="stopping">Cuts off a client that has not sent its request yet.</param>
    /// <exception cref="SocketException">The client is gone.</exception>
    /// <exception cref="OperationCanceledException">The client was cut off, or has not taken its answer in time.</exception>
    public async Task ServeAsync(ControlResponder responder, ILogger logger, CancellationToken stopping)
    {
        var peer = PeerCredentials.Of(_socket.SafeHandle);
        if (peer is not { } known || (known.Uid != 0 && known.Uid != ProcessIdentity.EffectiveUserId))
        {
            logger.ControlRefused(peer?.Uid, peer?.Pid);
            var refusal = ControlAnswer.Of(ExitStatus.NoPermission, "netsuperd: the daemon answers only root and its own user");
            await WriteAsync(refusal).ConfigureAwait(false);
            return;
        }

        var line = await ReadAsync(stopping).ConfigureAwait(false);
        _isSilent = false;
        if (line is null)
        {
            var most = ControlProtocol.RequestTime.TotalSeconds;
            var end = ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: no request came within {most} s, "
                + "or the daemon made room for other clients");
            await WriteAsync(end).ConfigureAwait(false);
        }
        else if (line is { Kind: not ControlLineKind.None } some)
        {
            await WriteAsync(await responder.AnswerAsync(some, known, stopping).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        _socket.Dispose();
    }

    /// <summary>Reads the request; null where it does not come in time.</summary>
    private async Task<ControlLine?> ReadAsync(CancellationToken stopping)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stopping);
            return await _lines.ReadAsync(ControlProtocol.MostRequestBytes, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task WriteAsync(ControlAnswer answer)
    {
        using var limit = new CancellationTokenSource(ControlProtocol.AnswerTime, _time);
        var line = ControlProtocol.Write(answer);
        await _lines.WriteAsync(line.AsMemory(answer.Pid is { } pid ? Pass(line, pid) : 0), limit.Token).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a line with a descriptor of the process that it names: the command that waits for the end of the process may be in another PID
    /// namespace.
    /// </summary>
    /// <returns>How many bytes were sent; none where no descriptor could be opened, and the client uses the number.</returns>
    private int Pass(byte[] line, int pid)
    {
        try
        {
            using var process = ProcessHandle.Open(pid);
            return process is null ? 0 : SocketRights.Send(_socket, line, process.End);
        }
        catch (LibcException)
        {
            return 0;
        }
    }
}
