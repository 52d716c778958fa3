using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>
/// A socket of the map, or all sockets of a service whose child gets them together, in all its states: bound or not yet, accepting, resting
/// while a child has it, paused. It retries without end, and is never closed because of load.
/// </summary>
internal sealed partial class Listener : IDisposable
{
    // Before another try to bind, or to serve.
    private static readonly Backoff Pauses = new(first: TimeSpan.FromSeconds(1), longest: TimeSpan.FromMinutes(1));

    private readonly ListenLoops _loops;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ListenerSockets _sockets;
    private readonly IIdleWatch _idle;
    private readonly Lock _assigning = new();
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private IListenLoop? _loop;
    private string? _failure;
    private string? _absence;
    private LeftProcess? _left;
    private bool _isStopped;
    private ListenerState _lastState;
    private DateTimeOffset _since;

    /// <param name="assignment">The listener's part of the map.</param>
    /// <param name="sockets">Those of its sockets that are bound.</param>
    /// <param name="failure">Why the others are not bound.</param>
    /// <param name="loops">Makes the loop once all are bound.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public Listener(
        Assignment assignment,
        IEnumerable<BoundSocket> sockets,
        string? failure,
        ListenLoops loops,
        ILogger logger,
        TimeProvider time)
    {
        Assignment = assignment;
        _sockets = new ListenerSockets(sockets, loops.Host, logger);
        _failure = failure;
        _loops = loops;
        _logger = logger;
        _time = time;
        _idle = loops.Host.Sharing.WatchIdle(this, logger, time);
        _since = time.GetUtcNow();
        _lastState = State;
    }

    /// <summary>The listener's part of the map in force.</summary>
    public Assignment Assignment { get; private set; }

    /// <summary>Those of its sockets that are bound.</summary>
    public IEnumerable<BoundSocket> Sockets => Bound();

    /// <inheritdoc cref="ListenerSockets.Binds"/>
    public long Binds => _sockets.Binds;

    /// <summary>Whether an operator has paused or stopped the service.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Its present state.</summary>
    public ListenerState State =>
        (_failure ?? _absence) is not null ? ListenerState.Failed
        : _sockets.Any(Assignment.Places, static socket => socket.IsEnding)
            || _server is { IsEnding: true, Ended.IsCompleted: false } ? ListenerState.Ending
        : _isStopped ? ListenerState.Stopped
        : IsPaused ? ListenerState.Paused
        : _sockets.Any(Assignment.Places, static socket => !socket.Unshared.IsCompleted) ? ListenerState.Resting
        : ListenerState.Listening;

    /// <summary>When its present state began; a state that no check has noted yet begins now.</summary>
    public DateTimeOffset Since => State == _lastState ? _since : _time.GetUtcNow();

    /// <summary>Why it has failed, or does not accept now; null while it accepts.</summary>
    public string? Reason => _failure ?? _absence ?? _loop?.Trouble ?? LeftChild ?? IdleChild
        ?? (_left is var (socket, process)
            ? $"{process}, which a child left behind, still has the socket {socket.Local} and may take its clients: end it"
            : null);

    /// <summary>Whether it is retrying a bind, which may succeed at any time.</summary>
    public bool IsBinding => _failure is not null;

    /// <summary>The socket of a place; null where it is not bound.</summary>
    public BoundSocket? Find(string id) => _sockets.Find(id);

    /// <summary>Applies another map to the same sockets, for what arrives from now on.</summary>
    public void Assign(Assignment assignment)
    {
        lock (_assigning)
        {
            Assignment = assignment;
            _loop?.Assign(assignment);
        }

        NoteChildren();
    }

    /// <summary>Starts to accept, unless it has started.</summary>
    public void Start()
    {
        (IsPaused, _isStopped) = (false, false);
        if (_stop is null)
        {
            var stop = _stop = new CancellationTokenSource();
            _running = Task.WhenAll(Task.Run(() => RunAsync(stop.Token)), Task.Run(() => WatchAsync(stop.Token)));
        }

        Note();
    }

    /// <summary>Stops accepting; the sockets stay open, and clients wait in the backlog.</summary>
    /// <param name="isStopped">Whether the service is stopped, and not only paused.</param>
    public async Task PauseAsync(bool isStopped)
    {
        (IsPaused, _isStopped) = (true, isStopped);
        await StopAsync().ConfigureAwait(false);
        Note();
    }

    /// <summary>Ends the loop. By then every accepted client has been handed on.</summary>
    public async Task StopAsync()
    {
        if (_stop is { } stop)
        {
            _stop = null;
            await stop.CancelAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(false);
            stop.Dispose();
        }
    }

    /// <summary>
    /// Checks that clients can still reach every socket: its address, its path, or the interface that it is bound to may be gone. No system
    /// call that waits for clients reports that.
    /// </summary>
    /// <param name="addresses">What this check of all sockets knows of the host's addresses.</param>
    public void CheckReachability(HostAddresses addresses)
    {
        var bound = Bound();
        var absence = bound.Select(socket => LossOf(socket) ?? SocketAbsence.Of(socket, addresses))
            .FirstOrDefault(reason => reason is not null);
        var before = Interlocked.Exchange(ref _absence, absence);
        if (absence is not null && absence != before)
        {
            _logger.BindFailed(Assignment.Service.Name, absence);
        }
        else if (absence is null && before is not null && bound.FirstOrDefault() is { } back)
        {
            _logger.BindRecovered(back.Local, Assignment.Service.Name);
        }

        Note();
    }

    /// <summary>Rebinds a socket that has lost its network interface or path, or that a left process has damaged.</summary>
    /// <param name="drain">The time that a child has to end which has a lost socket.</param>
    /// <param name="addresses">What this check of all sockets knows of the host's addresses.</param>
    public async Task RepairAsync(TimeSpan drain, HostAddresses addresses)
    {
        if (AreChildrenCutOff())
        {
            // Their end lets the loop bind the socket again.
            EndChildren("unreachable", drain, all: true, evenLeft: true);
        }

        if (_stop is not null && _failure is null
            && Bound().Any(socket => socket.WasShared && socket.Released.IsCompleted && socket.Repair(_logger) is not null))
        {
            await StopAsync().ConfigureAwait(false);
            Start();
        }

        CheckReachability(addresses);
        if (_absence is null)
        {
            return;
        }

        foreach (var (lost, reason) in Bound().Select(socket => (socket, LossOf(socket))).Where(pair => pair.Item2 is not null).ToList())
        {
            var runs = _stop is not null;
            await StopAsync().ConfigureAwait(false);
            if (Assignment.Accepts)
            {
                await _loops.DrainAsync(lost, Assignment).ConfigureAwait(false);
            }

            _sockets.Remove(lost);
            lost.Dispose();
            (_failure, _absence) = (reason, null);
            Note();
            if (runs)
            {
                Start();
            }
        }
    }

    /// <summary>Notes the process that a child has left with a socket; null: there is none.</summary>
    public void NoteLeft(BoundSocket socket, string? process)
    {
        var before = _left;
        if (process is not null)
        {
            _left = new LeftProcess(socket, process);
        }
        else if (before?.Socket == socket)
        {
            _left = null;
        }

        if (process is not null && before?.Process != process)
        {
            _logger.SocketLeft(Assignment.Service.Name, socket.Local, process);
        }
    }

    /// <summary>Closes the sockets; after <see cref="StopAsync"/>.</summary>
    public void Dispose()
    {
        Bound().ForEach(socket => socket.Dispose());
        _stop?.Dispose();
    }

    /// <summary>Only the stop ends the loop; failures are retried.</summary>
    private async Task RunAsync(CancellationToken stopping)
    {
        var backoff = Pauses;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await BindMissingAsync(stopping).ConfigureAwait(false);
                var sockets = Bound();
                var isServed = Siblings.Adoptable(Assignment, sockets) is { Count: > 0 };
                await (isServed ? Task.CompletedTask : Unshared).WaitAsync(stopping).ConfigureAwait(false);
                if (Assignment.IsShared)
                {
                    await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                }

                if (!isServed && sockets.FindAll(socket => (socket.WasShared || Assignment.IsServer || socket.HasOldFilter)
                    && _sockets.GiveUpSpoiled(socket, Assignment.Service.Name)).Count > 0)
                {
                    continue;
                }

                (isServed ? [] : sockets).ForEach(socket => socket.Prepare());
                _failure = null;
                var loop = _loops.Make(this, sockets);
                lock (_assigning)
                {
                    // A reload may have changed the map in the meantime.
                    _loop = loop;
                    loop.Assign(Assignment);
                }

                Note();
                await loop.RunAsync(stopping).ConfigureAwait(false);
                backoff.Reset();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                Fail(failure.Message);
                await Task.Delay(backoff.Next(), _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                _loop = null;
            }
        }
    }

    /// <summary>
    /// Retries until every socket is bound with the options of the map: an address may come back, which the system reports, or a port may
    /// become free, which it does not.
    /// </summary>
    private async Task BindMissingAsync(CancellationToken stopping)
    {
        var backoff = Pauses;
        var (pause, change) = (backoff.Next(), _loops.Network.Next);
        if (Assignment.Service.Unavailable is not null)
        {
            // Only another map changes that.
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stopping).ConfigureAwait(false);
        }

        while (Assignment.Places.FirstOrDefault(place => Find(place.Id)?.Place != place) is { } missing)
        {
            if (_failure is not null)
            {
                await change.WaitAsync(pause, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stopping.ThrowIfCancellationRequested();

                // A change of the network may come at any time, and does not make the next pause longer.
                (pause, change) = (change.IsCompleted ? pause : backoff.Next(), _loops.Network.Next);
            }

            if (_sockets.TryBind(missing, Assignment.Service.Name) is { } failure)
            {
                Fail(failure.Message);
            }
            else
            {
                _logger.BindRecovered(missing.Local, Assignment.Service.Name);
            }
        }
    }

    /// <summary>Logs a failure when it begins and when its reason changes, not at every try in between.</summary>
    private void Fail(string reason)
    {
        if (_failure != reason)
        {
            _failure = reason;
            _logger.BindFailed(Assignment.Service.Name, reason);
        }

        Note();
    }

    private string? LossOf(BoundSocket socket) => SocketAbsence.LossOf(socket, isServed: _stop is not null);

    private List<BoundSocket> Bound() => _sockets.At(Assignment.Places);

    /// <summary>Notes since when the state holds.</summary>
    internal void Note()
    {
        NoteChildren();
        if (State is var state && state != _lastState)
        {
            (_lastState, _since) = (state, _time.GetUtcNow());
        }
    }

    /// <summary>A process that a child has left with a socket. One reference, since commands read it while it is noted.</summary>
    private sealed record LeftProcess(BoundSocket Socket, string Process);
}
