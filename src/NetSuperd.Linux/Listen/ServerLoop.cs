using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>The loop of a server: a child that has the sockets, if any, from the start, and is started again when it has ended.</summary>
/// <remarks>
/// A server that ends at once would be started without end: each pause is twice as long as the one before, and it is short again after a
/// server that has run for a minute. A child that was asked to end, for another map or for the operator, is replaced at once.
/// </remarks>
/// <param name="listener">The listener of the server.</param>
/// <param name="sockets">The sockets; none where the program binds its own.</param>
/// <param name="record">The server's record.</param>
/// <param name="starts">Lets it start.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class ServerLoop(
    Listener listener, IReadOnlyList<BoundSocket> sockets, ServerRecord record, StartTurn starts, ILogger logger, TimeProvider time)
    : IListenLoop
{
    private volatile Assignment? _assignment;
    private TaskCompletionSource _redefined = NewSource();
    private string? _trouble;

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    private ServerRestart Restart => _assignment!.Service.Program!.Restart;

    /// <inheritdoc/>
    public void Assign(Assignment assignment)
    {
        _assignment = assignment;
        if (record.Define(assignment.Definition))
        {
            Interlocked.Exchange(ref _redefined, NewSource()).TrySetResult();
        }
    }

    /// <inheritdoc/>
    /// <remarks>A server that runs when the loop is stopped keeps running.</remarks>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Waits until the predecessor has closed the sockets: only one server may use them.
                await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                if (!sockets.Select(socket => socket.Repair(logger) ?? SocketAbsence.LossOf(socket, isServed: true)).ToList()
                    .TrueForAll(loss => loss is null))
                {
                    return;
                }

                // During a handover an end is left to the successor: it judges the end, and starts the server again.
                await starts.WhenFreeAsync(stopping).ConfigureAwait(false);
                if (await IsDueAsync(stopping).ConfigureAwait(false) && await StartAsync(stopping).ConfigureAwait(false) is { } running)
                {
                    Note(null);
                    await running.WaitAsync(stopping).ConfigureAwait(false);
                    listener.Note();
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // No failure ends the loop.
                record.End(record.Run, failure.Message, failed: true);
            }
        }
    }

    /// <summary>Waits until the server may be started again.</summary>
    /// <returns>False where another map has come into force meanwhile.</returns>
    private async Task<bool> IsDueAsync(CancellationToken stopping)
    {
        var redefined = Volatile.Read(ref _redefined).Task;
        var (name, end) = (_assignment!.Service.Name, record.LastEnd ?? "");
        if (record.Failed is not { } failed)
        {
            return true;
        }

        if (Restart == ServerRestart.Never || (Restart == ServerRestart.Failure && !failed))
        {
            if (!record.IsOver)
            {
                logger.ServerOver(name, end);
            }

            record.Close();
            var word = Restart == ServerRestart.Never ? "never" : "failure";
            Note($"the server has ended ({end}) and is not started again: restart = \"{word}\"");
            await redefined.WaitAsync(stopping).ConfigureAwait(false);
            return false;
        }

        var pause = record.NextPause();
        logger.ServerRestarts(name, end, pause.TotalSeconds);
        Note($"the server has ended ({end}) and is started again");
        await Task.WhenAny(redefined, Task.Delay(pause, time, stopping)).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>Starts the server.</summary>
    /// <returns>Its end; null: it is not to be started by this map.</returns>
    private async Task<Task?> StartAsync(CancellationToken stopping)
    {
        await starts.EnterAsync(stopping).ConfigureAwait(false);
        try
        {
            return await StartInTurnAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            starts.Leave();
        }
    }

    private async Task<Task?> StartInTurnAsync(CancellationToken stopping)
    {
        var assignment = _assignment!;
        var share = await assignment.Receiver.EnterAsync(assignment.Service, stopping).ConfigureAwait(false);
        if (share is null)
        {
            return null;
        }

        var child = new SharingChild(assignment);
        foreach (var socket in sockets)
        {
            SharedSocket.Block(socket.Socket);
            socket.LeaveTo(child);
        }

        listener.LeaveTo(child);
        if (assignment != _assignment)
        {
            // Another map is in force, and its reload has not seen this child.
            child.NotStarted();
            share.Dispose();
            return null;
        }

        return child.RunAsync(share, sockets, sender: null, isWoken: false);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Note(string? trouble)
    {
        _trouble = trouble;
        listener.Note();
    }
}
