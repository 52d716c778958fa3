using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>Accepts the clients of a listening stream socket on an event loop, and survives every error.</summary>
/// <remarks>
/// A connection is counted when its client is there and before it is accepted: a listener without clients counts for no limit, and at a
/// limit clients wait in the backlog. A listener that waits is not watched at all, since a socket that was shut down would be reported
/// without end. Everything but <see cref="Assign"/>, <see cref="Stop"/> and <see cref="Wake"/> is done on the loop.
/// </remarks>
/// <param name="loop">The loop.</param>
/// <param name="backlog">The clients.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="changed">Called when the trouble begins and ends.</param>
internal sealed class AcceptLoop(
    EventLoop loop, Backlog backlog, ILogger logger, TimeProvider time, Action changed) : IListenLoop, IWaitingListener, IWatcher, ILoopWork
{
    // After this many accepts the other listeners have their turn.
    private const int MostAcceptedAtOnce = 16;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Assignment? _assignment;
    private IConnectionPath? _next;
    private IConnectionPath? _path;
    private long? _token;
    private ITimer? _timer;
    private Backoff _backoff = new(first: TimeSpan.FromMilliseconds(10), longest: TimeSpan.FromSeconds(1));
    private AcceptFailure _kind;
    private int _batch = 1;
    private volatile bool _runs;
    private volatile bool _isPausing;
    private volatile bool _isStopping;

    /// <inheritdoc/>
    public string? Trouble { get; private set; }

    private string Local => _assignment!.Places[0].Local;

    private string Service => _assignment!.Service.Name;

    /// <inheritdoc/>
    public void Assign(Assignment assignment)
    {
        _assignment = assignment;
        Volatile.Write(ref _next, assignment.Receiver.Open(assignment.Places[0], backlog, this));
        Wake();
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        _runs = true;
        Wake();
        await using var stop = stopping.UnsafeRegister(static self => ((AcceptLoop)self!).Stop(), this).ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Wake() => loop.Post(this);

    /// <summary>
    /// A client is there; without an event, one may be there. Others are tried for as many as there were the last time, and twice as many
    /// where all of these were there.
    /// </summary>
    public void Ready(Events events)
    {
        var accepted = 0;
        try
        {
            backlog.IsReadable = events != Events.None;
            while (accepted < _batch && MayContinue(Path().Receive(mayWait: true)))
            {
                accepted++;
            }
        }
        catch (Exception failure)
        {
            Pause(AcceptFailure.Listener, failure.Message);
        }

        _batch = Math.Clamp(accepted < _batch ? accepted : 2 * accepted, 1, MostAcceptedAtOnce);
    }

    /// <summary>Runs what was posted: the loop starts, gets another map, is woken, or stops.</summary>
    public void Run()
    {
        if (_isStopping)
        {
            End();
        }
        else if (_runs && !_isPausing)
        {
            Resume();
        }
    }

    /// <returns>Whether another client may be there.</returns>
    private bool MayContinue(AcceptOutcome outcome)
    {
        switch (outcome)
        {
            case AcceptOutcome.HandedOn:
                Recover();
                return true;
            case AcceptOutcome.Waits:
                Unwatch();
                return false;
            case AcceptOutcome.Full:
                return false;
        }

        switch (AcceptFailures.Classify(backlog.Errno))
        {
            case AcceptFailure.None:
                Recover();
                return false;
            case AcceptFailure.Client:
                logger.AcceptAborted(Local, backlog.Reason);
                return true;
            case var failure:
                Pause(failure, backlog.Reason);
                return false;
        }
    }

    /// <summary>The path of the map in force, or of an earlier map as long as a client waits on that.</summary>
    private IConnectionPath Path()
    {
        if (Volatile.Read(ref _next) is not null && _path is not { HasClient: true })
        {
            _path?.Close();
            _path = Interlocked.Exchange(ref _next, null);
        }

        return _path!;
    }

    private void Resume()
    {
        try
        {
            if (Path().Resume() != AcceptOutcome.Waits)
            {
                _token ??= loop.Watch(backlog.Handle, this, Events.Read);
            }
        }
        catch (Exception failure)
        {
            Pause(AcceptFailure.Listener, failure.Message);
            return;
        }

        if (Trouble is not null && _token is not null)
        {
            // accept(2) may have failed with no client there, and without one the socket would not report that the trouble is over.
            Ready(Events.None);
        }
    }

    private void Unwatch()
    {
        if (_token is { } token)
        {
            loop.Forget(backlog.Handle, token);
            _token = null;
        }
    }

    /// <summary>Waits for a time that doubles with each failure.</summary>
    private void Pause(AcceptFailure kind, string reason)
    {
        Report(kind, reason);
        _timer?.Dispose();
        _isPausing = true;
        try
        {
            _timer = time.CreateTimer(static self => ((AcceptLoop)self!).EndPause(), this, _backoff.Next(), Timeout.InfiniteTimeSpan);
        }
        catch (OutOfMemoryException)
        {
            // No memory for the timer: without the pause, it is tried again at once.
            EndPause();
            return;
        }

        Unwatch();
    }

    private void EndPause()
    {
        _isPausing = false;
        Wake();
    }

    private void Stop()
    {
        _isStopping = true;
        Wake();
    }

    private void End()
    {
        try
        {
            Unwatch();
            _timer?.Dispose();
            _path?.Close();
        }
        finally
        {
            _path = null;
            _ended.TrySetResult();
        }
    }

    private void Recover()
    {
        if (Trouble is not null)
        {
            Trouble = null;
            _backoff.Reset();
            changed();
            logger.AcceptRecovered(Local, Service);
        }
    }

    /// <summary>Logs a failure when it begins and when its kind changes, not at every try in between.</summary>
    private void Report(AcceptFailure kind, string reason)
    {
        if (Trouble is not null && kind == _kind)
        {
            return;
        }

        (Trouble, _kind) = (reason, kind);
        changed();
        if (kind == AcceptFailure.Exhausted)
        {
            logger.AcceptExhausted(Local, Service, reason);
        }
        else
        {
            logger.ListenerFailed(Local, Service, reason);
        }
    }
}
