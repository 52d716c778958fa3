using System.Buffers;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Pipes;

/// <summary>A child with pipes, and the connection whose bytes go through them.</summary>
/// <remarks>
/// Overview. Each direction is a loop that reads nothing while the other end does not take what it has read, so a slow reader slows the
/// sender down. The end of the client's transmission is the end of the child's input, and the end of the child's output ends the sending.
/// A client that is lost ends both pipes: the child reads the end, and its next write fails. The child then ends by itself, as a child of
/// Linux does that has the connection; a time limit, an operator or the stop ends one that does not. The connection lasts until the child
/// has ended and nothing has its output any more; what it leaves running then is killed.
/// </remarks>
/// <param name="process">The process.</param>
/// <param name="record">The record of the connection.</param>
/// <param name="service">Its service.</param>
/// <param name="logger">The log.</param>
internal sealed class PipedChild(IPipedProcess process, ConnectionRecord record, PipedService service, ILogger logger) : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    // How long a child may take to end after its time limit, as on Linux.
    private static readonly TimeSpan TimeOutGrace = TimeSpan.FromSeconds(5);

    // What is in the pipe of standard error after the end is there at once.
    private static readonly TimeSpan LongestErrors = TimeSpan.FromSeconds(1);

    private readonly ErrorLines _errors = new(record.Service, record, service.Errors, logger);
    private readonly CancellationTokenSource _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile StreamConnection? _client;
    private volatile bool _isAborted;
    private CancellationToken _closed;
    private TimeSpan? _lostAt;
    private TimeSpan? _timedOutAt;

    /// <summary>Its process.</summary>
    public int Pid { get; } = process.Pid;

    /// <summary>The record of its connection.</summary>
    public ConnectionRecord Record => record;

    /// <summary>Completes when it and its connection have ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Asks it to end: its input ends.</summary>
    public void Ask() => _asked.Cancel();

    /// <summary>Kills it with every process that it has started.</summary>
    public void Kill() => process.Kill();

    /// <summary>Kills it, and resets its connection: a client that reads nothing would hold it up.</summary>
    public void Abort()
    {
        _isAborted = true;
        Kill();
        _client?.Abort();
    }

    /// <summary>Serves its connection until both have ended.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="stopping">Asks it to end.</param>
    public async Task ServeAsync(StreamConnection client, CancellationToken stopping)
    {
        _closed = client.Closed;
        _client = client;
        if (_isAborted)
        {
            client.Abort();
        }

        try
        {
            using var inputEnds = CancellationTokenSource.CreateLinkedTokenSource(_closed, stopping, _asked.Token);
            using var errorsEnd = new CancellationTokenSource();
            var logging = LogErrorsAsync(errorsEnd.Token);
            var toChild = CopyToChildAsync(client, inputEnds.Token);
            await CopyToClientAsync(client).ConfigureAwait(false);
            await process.Ended.ConfigureAwait(false);
            await inputEnds.CancelAsync().ConfigureAwait(false);
            await toChild.ConfigureAwait(false);
            record.Usage = process.Finish();
            errorsEnd.CancelAfter(LongestErrors);
            await logging.ConfigureAwait(false);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Ends it after a time limit: the connection has its own end, but a child may run on without it.</summary>
    /// <param name="age">Its age.</param>
    public void TimeOut(TimeSpan age)
    {
        if (record.TimedOutBy is null && _closed.IsCancellationRequested)
        {
            // Without its client, it is idle.
            var since = _lostAt ??= age;
            record.TimedOutBy = service.Admission.ExceededTime(age, hasSent: true, () => age - since);
        }

        if (record.TimedOutBy is { } key && age - (_timedOutAt ??= age) > TimeOutGrace)
        {
            logger.ChildOverstays(Pid, record.Service, key);
            _timedOutAt = age;
            Kill();
        }
    }

    /// <inheritdoc/>
    /// <remarks>A process that still runs is killed.</remarks>
    public void Dispose()
    {
        process.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>Passes on what the client sends, until its end. It never fails.</summary>
    /// <param name="client">The client.</param>
    /// <param name="ends">Ends the input before the client does.</param>
    private async Task CopyToChildAsync(StreamConnection client, CancellationToken ends)
    {
        try
        {
            do
            {
                await client.WaitForDataAsync(ends).ConfigureAwait(false);
            }
            while (await PassAsync(client, ends).ConfigureAwait(false));
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // The child reads no more, or the client is lost, or the child is to end. What the client sends then stays with it.
        }

        // Nothing reads from the client any more, which would tell of a reset.
        client.HearReset();
        await process.Input.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> PassAsync(StreamConnection client, CancellationToken ends)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var count = await client.ReceiveAsync(buffer, ends).ConfigureAwait(false);
            if (count > 0)
            {
                var writing = process.Input.WriteAsync(buffer.AsMemory(0, count), ends);
                if (!writing.IsCompleted)
                {
                    client.HearReset();
                }

                await writing.ConfigureAwait(false);
            }

            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The other direction.</summary>
    private async Task CopyToClientAsync(StreamConnection client)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await process.Output.ReadAsync(buffer, _closed).ConfigureAwait(false) is > 0 and var count)
            {
                await client.SendAsync(buffer.AsMemory(0, count), CancellationToken.None).ConfigureAwait(false);
            }

            await client.EndSendingAsync().ConfigureAwait(false);
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // The client is lost. The child finds out when it writes.
        }

        ArrayPool<byte>.Shared.Return(buffer);
        await process.Output.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Logs what it writes to standard error. A child that floods the pipe does not hold up others. It never fails.</summary>
    private async Task LogErrorsAsync(CancellationToken over)
    {
        if (process.Errors is not { } errors)
        {
            return;
        }

        var buffer = new byte[4096];
        try
        {
            int count;
            do
            {
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                count = await errors.ReadAsync(buffer, over).ConfigureAwait(false);
                _errors.Take(buffer.AsSpan(0, count));
            }
            while (count > 0);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // Something outlives the child that still has the pipe.
        }

        _errors.Flush();
        await errors.DisposeAsync().ConfigureAwait(false);
    }
}
