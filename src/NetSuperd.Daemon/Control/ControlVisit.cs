using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>One connection of an operator: one request, one answer; after that of <c>events</c> the events.</summary>
internal sealed class ControlVisit : IDisposable
{
    private readonly ControlConnection _connection;
    private readonly ControlLines _lines;
    private readonly ControlReaders _readers;
    private readonly QuestionShare? _share;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _limit;
    private volatile bool _isSilent = true;

    /// <summary>Starts the client's time for its request.</summary>
    public ControlVisit(ControlConnection connection, ControlReaders readers, QuestionShare? share, TimeProvider time)
    {
        _share = share;
        _connection = connection;
        _readers = readers;
        _lines = new ControlLines(connection);
        _time = time;
        _limit = new CancellationTokenSource(ControlProtocol.RequestTime, time);
    }

    /// <summary>The process that asks; null: the system does not tell.</summary>
    public ControlPeer? Peer => _connection.Peer;

    /// <summary>Whether the client has not asked yet, or has guessed a token, and has its time.</summary>
    public bool IsSilent => _isSilent;

    /// <summary>Whether its user has as many clients as it may have.</summary>
    public bool IsTooMany { get; set; }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>Ends the time of a client that has not sent its request yet.</summary>
    public void GiveUp()
    {
        _isSilent = false;
        _limit.Cancel();
    }

    /// <summary>Reads the request and answers it.</summary>
    /// <param name="responder">Answers.</param>
    /// <param name="logger">The log.</param>
    /// <param name="stopping">Cuts off a client that has not sent its request yet.</param>
    /// <exception cref="IOException">The client is gone.</exception>
    /// <exception cref="OperationCanceledException">The client was cut off, or has not taken its answer in time.</exception>
    public async Task ServeAsync(ControlResponder responder, ILogger logger, CancellationToken stopping)
    {
        if (IsTooMany)
        {
            var end = ControlAnswer.Of(
                ExitStatus.Unavailable,
                $"netsuperd: the daemon answers {ControlServer.MostOfAUser} clients of this user at once; try again");
            await WriteAsync(end).ConfigureAwait(false);
            return;
        }

        if (await RefuseAsync(responder, logger).ConfigureAwait(false))
        {
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
        else if (!await WaitForTurnAsync().ConfigureAwait(false))
        {
            await WriteAsync(ControlAnswer.Of(
                ExitStatus.Unavailable, "netsuperd: this user asks more than the daemon answers here; try again")).ConfigureAwait(false);
        }
        else if (line is { Kind: not ControlLineKind.None } some && !await RefuseAsync(responder, logger).ConfigureAwait(false))
        {
            var answer = await responder.AnswerAsync(some, Peer, stopping).ConfigureAwait(false);
            using var events = answer.Events;
            await (answer.IsLate ? PauseAsync(ControlProtocol.GuessTime) : Task.CompletedTask).ConfigureAwait(false);
            await (events is null ? WriteAsync(answer) : SendAsync(answer, events, stopping)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        _connection.Dispose();
    }

    /// <summary>
    /// Turns a client away that is not answered here: before its request, or with it, where the system tells its user then.
    /// </summary>
    /// <returns>Whether it was turned away.</returns>
    private async Task<bool> RefuseAsync(ControlResponder responder, ILogger logger)
    {
        if (responder.Refusal(Peer) is not { } refusal)
        {
            return false;
        }

        logger.ControlRefused(Peer?.User, Peer?.Pid);
        await WriteAsync(ControlAnswer.Of(ExitStatus.NoPermission, refusal)).ConfigureAwait(false);
        return true;
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

    /// <summary>
    /// Lets a client wait that has guessed a token, or whose user asks much. Meanwhile another client may have its slot: no operator is
    /// kept out.
    /// </summary>
    private async Task PauseAsync(TimeSpan pause)
    {
        _isSilent = true;
        await Task.Delay(pause, _time, _limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isSilent = false;
    }

    /// <summary>Waits until the user may have its answer; meanwhile another client may have the slot.</summary>
    /// <returns>Whether it may; false: the time for its request is over, or another client has the slot.</returns>
    private async Task<bool> WaitForTurnAsync()
    {
        var wait = Peer is { } peer ? _share?.Enter(peer.User) ?? TimeSpan.Zero : TimeSpan.Zero;
        await (wait > TimeSpan.Zero ? PauseAsync(wait) : Task.CompletedTask).ConfigureAwait(false);
        return wait == TimeSpan.Zero || !_limit.IsCancellationRequested;
    }

    /// <summary>Sends events until there are no more, or the client closes its end.</summary>
    private async Task SendAsync(ControlAnswer answer, EventReader events, CancellationToken stopping)
    {
        if (!_readers.TryEnter(Peer?.User))
        {
            await WriteAsync(ControlAnswer.Of(
                ExitStatus.Unavailable, $"netsuperd: at most {ControlReaders.Most} programs read events here, "
                    + $"or {ControlReaders.MostOfAUser} of one user; try again")).ConfigureAwait(false);
            return;
        }

        using var end = new CancellationTokenSource();
        using var stop = stopping.UnsafeRegister(_ => end.CancelAfter(ControlProtocol.LastEventTime), null);
        var left = LeaveAsync(end);
        try
        {
            await WriteAsync(answer).ConfigureAwait(false);
            while (await events.WaitAsync(end.Token).ConfigureAwait(false))
            {
                await _lines.WriteAsync(ControlReaders.Lines(events), end.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await left.ConfigureAwait(false);
            _readers.Leave(Peer?.User);
        }
    }

    /// <summary>Waits until the client closes its end, or says something more, and ends the sending.</summary>
    private async Task LeaveAsync(CancellationTokenSource end)
    {
        try
        {
            _ = await _lines.ReadAsync(ControlProtocol.MostRequestBytes, end.Token).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The sending has ended.
            return;
        }
    }

    private async Task WriteAsync(ControlAnswer answer)
    {
        using var limit = new CancellationTokenSource(ControlProtocol.AnswerTime, _time);
        var line = ControlProtocol.Write(answer);
        if (Peer is { } peer)
        {
            _share?.Pay(peer.User, line.Length);
        }

        var sent = answer.Pid is { } pid ? _connection.SendWith(pid, line) : 0;
        await _lines.WriteAsync(line.AsMemory(sent), limit.Token).ConfigureAwait(false);
    }
}
