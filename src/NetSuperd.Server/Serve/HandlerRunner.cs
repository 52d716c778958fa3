using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>Runs handlers, one call for each connection, and fences them: a faulty handler harms its own connection only.</summary>
internal sealed class HandlerRunner : IDisposable
{
    // After an abort every call that a handler makes on its connection fails at once; a handler that still runs waits for something else.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    // Beyond this number refused clients get no line: a flood of refusals must not hold what it was refused.
    private const int MostFarewells = 64;
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<long, SocketConnection> _live = new();

    // For the built-ins; a plugin's token belongs to its connection.
    private readonly CancellationTokenSource _stopping = new();
    private readonly IConnectionTally _tally;
    private readonly EventLoop _loop;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly PoolWatch _watch;
    private volatile TaskCompletionSource? _empty;
    private int _farewells;

    /// <param name="tally">Keeps the records.</param>
    /// <param name="loop">Watches the connections, and runs the built-ins.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public HandlerRunner(IConnectionTally tally, EventLoop loop, ILogger logger, TimeProvider time)
    {
        _tally = tally;
        _loop = loop;
        _logger = logger;
        _time = time;
        _watch = new PoolWatch(logger);
    }

    /// <summary>
    /// Starts the handler: a built-in on the loop, a plugin's on a thread of the pool, so that it cannot hold up the loop.
    /// </summary>
    public void Start(HandlerInstance instance, StreamSocket socket, ConnectionRecord record, Admission admission)
    {
        var connection = new SocketConnection(socket, record, admission, _loop, _time, instance.IsBuiltin ? _stopping.Token : null);
        _tally.Start(record);

        // Where the log throws, the connection is not registered: no handler would end it.
        _live[record.Id] = connection;
        if (!instance.IsBuiltin)
        {
            ThreadPool.UnsafeQueueUserWorkItem(new Beginning(this, instance, connection), preferLocal: false);
        }
        else if (!_loop.IsCurrent)
        {
            _loop.Post(new Beginning(this, instance, connection));
        }
        else
        {
            // The task never faults, and its end is awaited through the registration of the connection.
            _ = ServeAsync(instance, connection);
        }
    }

    /// <summary>Closes a connection that was refused: in order, after a line where the map has one.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="record">Its record.</param>
    /// <param name="reason">The word of the verdict.</param>
    /// <param name="banner">The line without its end; null: none.</param>
    public void Refuse(StreamSocket socket, ConnectionRecord record, string reason, string? banner)
    {
        if (banner is null || Interlocked.Increment(ref _farewells) > MostFarewells)
        {
            Interlocked.Add(ref _farewells, banner is null ? 0 : -1);
            SocketConnection.HangUp(socket);
            _tally.Close(record, ConnectionEnd.Refused, reason, reason);
        }
        else
        {
            // It never faults, ends by itself within seconds, and its end is awaited through the registration of the connection.
            _ = SendBannerAsync(socket, record, reason, banner);
        }
    }

    /// <summary>Plugins' handlers, which may hold threads of the pool, may run from now on.</summary>
    public void WatchPool() => _watch.Start();

    /// <summary>Ends the connections that have exceeded a time limit of their service.</summary>
    /// <returns>Whether one of all connections has a time limit.</returns>
    public bool TimeOut()
    {
        var hasTimes = false;
        foreach (var (_, connection) in _live)
        {
            hasTimes |= connection.HasTimes;
            if (connection.TimeOver() is { } key)
            {
                connection.TimeOut(key);
            }
        }

        return hasTimes;
    }

    /// <summary>The connection with a number, or null.</summary>
    public SocketConnection? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>
    /// Completes when no handler runs and no refused client is being served its line. No handler may be started after the call.
    /// </summary>
    public Task WhenEmptyAsync()
    {
        var empty = _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_live.IsEmpty)
        {
            empty.TrySetResult();
        }

        return empty.Task;
    }

    /// <summary>
    /// Waits for the handlers, and aborts those that have not ended after a time. No handler may be started after the call.
    /// </summary>
    public async Task LingerAsync(TimeSpan longest, CancellationToken stop)
    {
        if (!await EndedWithinAsync(longest, stop).ConfigureAwait(false))
        {
            stop.ThrowIfCancellationRequested();
            foreach (var connection in _live.Values)
            {
                connection.Abort();
            }

            await EndedWithinAsync(Grace, stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks every handler to end, aborts after the drain time those that have not, and abandons those that do not end even then.
    /// </summary>
    /// <remarks>
    /// The first bytes of a client that was accepted a moment ago may be on their way: only its age tells it from an idle client.
    /// </remarks>
    /// <param name="drain">How long to wait for the handlers.</param>
    /// <param name="now">Ends the waiting.</param>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        var began = _time.GetTimestamp();
        while (!now.IsCancellationRequested && _time.GetElapsedTime(began) < drain && _live.Values.Any(connection => connection.IsNew))
        {
            await Task.Delay(RetryInterval, _time, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var connection in _live.Values)
        {
            connection.Stop();
        }

        if (!await EndedWithinAsync(drain, now).ConfigureAwait(false))
        {
            foreach (var connection in _live.Values)
            {
                connection.Abort();
            }

            await EndedWithinAsync(Grace, CancellationToken.None).ConfigureAwait(false);
            foreach (var connection in _live.Values.Where(connection => connection.ClaimEnd()))
            {
                _logger.HandlerLeft(connection.Service, connection.Id);
                _tally.Close(connection.Record, ConnectionEnd.Aborted);
                _live.TryRemove(connection.Id, out _);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _stopping.Dispose();
    }

    private async Task<bool> EndedWithinAsync(TimeSpan limit, CancellationToken now)
    {
        try
        {
            await WhenEmptyAsync().WaitAsync(limit, _time, now).ConfigureAwait(false);
            return true;
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The fence of one connection. It never throws; whatever the handler does, the connection ends and is recorded.</summary>
    private async Task ServeAsync(HandlerInstance instance, SocketConnection connection)
    {
        ConnectionEnd end;
        HandlerCall? call = null;
        try
        {
            if (!instance.IsBuiltin)
            {
                HandlerThread.Enter(instance.Name);
                call = HandlerLogger.Enter(connection.Record);
            }

            _tally.Begin(connection.Record);
            await instance.Streams.HandleAsync(connection, connection.Stopping).ConfigureAwait(false);
            await connection.FinishAsync().ConfigureAwait(false);
            end = connection.Broken ?? ConnectionEnd.Closed;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && connection.Broken is null)
        {
            await connection.CloseAsync().ConfigureAwait(false);
            end = ConnectionEnd.Stopped;
        }
        catch (Exception failure) when (connection.Broken is not null && failure is (IOException or OperationCanceledException))
        {
            // The connection was lost to the peer or an abort, and the handler let the exception pass, as it may.
            end = connection.Broken!.Value;
        }
        catch (TlsFailedException failure)
        {
            // In order, so that the client gets the alert that tells it why.
            await connection.CloseAsync().ConfigureAwait(false);
            LogTls(failure.Message, connection);
            end = ConnectionEnd.TlsFailed;
        }
        catch (Exception failure)
        {
            connection.Abort();
            LogFailure(failure, connection);
            end = ConnectionEnd.Failed;
        }

        await EndAsync(connection, end, call).ConfigureAwait(false);
    }

    /// <summary>It unregisters last: when no connection is registered, none is open, and the log has the end of each.</summary>
    private async ValueTask EndAsync(SocketConnection connection, ConnectionEnd end, HandlerCall? call, string? refusal = null)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            LogFailure(failure, connection);
        }

        call?.End();
        if (connection.ClaimEnd())
        {
            Close(connection.Record, end, refusal ?? connection.Record.TimedOutBy);
            _live.TryRemove(connection.Id, out _);
        }

        if (_empty is { } empty && _live.IsEmpty)
        {
            empty.TrySetResult();
        }
    }

    private void Close(ConnectionRecord record, ConnectionEnd end, string? reason)
    {
        if (record.Usage is { } usage && end != ConnectionEnd.Failed)
        {
            // A child with pipes has served it: how the child has ended says more than how the connection has.
            _tally.CloseChild(record, usage);
        }
        else
        {
            _tally.Close(record, end, reason, reason);
        }
    }

    private void LogTls(string reason, SocketConnection connection)
    {
        if (_tally.NamesFailure(connection.Record))
        {
            _logger.TlsFailed(connection.Service, connection.Id, connection.Record.PeerName, reason);
        }
    }

    private void LogFailure(Exception failure, SocketConnection connection)
    {
        if (_tally.NamesFailure(connection.Record))
        {
            _logger.HandlerFailed(failure, connection.Service, connection.Id, connection.Record.PeerName);
        }
    }

    private async Task SendBannerAsync(StreamSocket socket, ConnectionRecord record, string reason, string banner)
    {
        var connection = new SocketConnection(socket, record, admission: null, _loop, _time, CancellationToken.None);
        _live[record.Id] = connection;
        try
        {
            using var limit = new CancellationTokenSource(LongestFarewell, _time);
            await connection.SendAsync(Encoding.UTF8.GetBytes(banner + "\r\n"), limit.Token).ConfigureAwait(false);
            await connection.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // A client that does not wait for the line has gone already.
        }
        catch (Exception failure)
        {
            _logger.DispatchFailed(failure, record.Id, record.Service);
        }
        finally
        {
            Interlocked.Decrement(ref _farewells);
            await EndAsync(connection, ConnectionEnd.Refused, call: null, reason).ConfigureAwait(false);
        }
    }

    /// <summary>Calls the handler on the present thread.</summary>
    private sealed class Beginning(HandlerRunner runner, HandlerInstance instance, SocketConnection connection)
        : ILoopWork, IThreadPoolWorkItem
    {
        // The task never faults, and its end is awaited through the registration of the connection.
        public void Run() => _ = runner.ServeAsync(instance, connection);

        void IThreadPoolWorkItem.Execute() => Run();
    }
}
