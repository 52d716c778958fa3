using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>Answers operators: one request and one answer for each connection. A misbehaving client harms only itself.</summary>
/// <remarks>
/// Overview. A thread of its own accepts, which needs no other thread for that, and never more connections than there are
/// slots: the others wait in the backlog. A client has 5 s for its request; where no slot is free, the one that has been silent for the
/// longest time loses its slot at once, so that no crowd of silent clients keeps an operator out. A client that has asked keeps its slot
/// until it is answered. At a socket for questions no user has more than half of the slots: that one loses a silent client of its own, or
/// is turned away; and one that asks much waits for its answers (<see cref="QuestionShare"/>).
/// </remarks>
internal sealed partial class ControlServer : IAsyncDisposable
{
    /// <summary>The most connections at once.</summary>
    public const int MostClients = 32;

    /// <summary>The most connections of one user at once, at a socket for questions.</summary>
    public const int MostOfAUser = MostClients / 2;

    private readonly ControlResponder _responder;
    private readonly ControlReaders _readers;
    private readonly QuestionShare? _share;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _begin = new();
    private readonly SemaphoreSlim _slots = new(MostClients);
    private readonly CancellationTokenSource _unlisten = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _placing = new();
    private readonly Lock _gate = new();
    private readonly LinkedList<ControlVisit> _visits = [];
    private ControlListener _listener;
    private ControlListener? _next;
    private Thread? _thread;
    private bool _isUnlinked;
    private bool _hasComplained;

    private ControlServer(ControlListener listener, IOperator daemon, ILogger logger, TimeProvider time)
    {
        _listener = listener;
        _readers = new ControlReaders(listener.Place.IsForQuestions);
        _share = listener.Place.IsForQuestions ? new QuestionShare(time) : null;
        _responder = new ControlResponder(daemon, logger, listener.Place);
        _logger = logger;
        _time = time;
    }

    /// <summary>Where it answers.</summary>
    public ControlPlace Place => _listener.Place;

    /// <summary>Where clients find it, for a successor; a new one after <see cref="EnsurePresent"/> had to replace it.</summary>
    public ControlListener Listener
    {
        get
        {
            lock (_placing)
            {
                return _next ?? _listener;
            }
        }
    }

    /// <summary>Binds the socket and listens. Clients wait until <see cref="Start"/>.</summary>
    /// <param name="place">Where, and which users may ask what.</param>
    /// <param name="daemon">Does what a request asks for.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The server, or what is in the way.</returns>
    public static (ControlServer? Server, ControlBindFailure? Failure) Open(
        ControlPlace place,
        IOperator daemon,
        ILogger logger,
        TimeProvider time)
    {
        var (listener, failure) = Installation.Current.Door.Open(place);
        if (listener is null)
        {
            return (null, failure);
        }

        try
        {
            return (Prepare(listener, daemon, logger, time), null);
        }
        catch (CallException exhausted)
        {
            listener.Unlink();
            listener.Dispose();
            return (null, ControlBindFailure.Of(place.Path, exhausted.Errno));
        }
    }

    /// <summary>Answers where another process has handed over to this one.</summary>
    /// <exception cref="CallException">The system has no descriptors left for the daemon itself.</exception>
    public static ControlServer Adopt(ControlListener listener, IOperator daemon, ILogger logger, TimeProvider time) =>
        Prepare(listener, daemon, logger, time);

    /// <summary>Changes which group may ask, at the same path.</summary>
    /// <exception cref="CallException">The socket cannot get the group.</exception>
    public void Allow(ControlPlace place)
    {
        lock (_placing)
        {
            (_next ?? _listener).Allow(place);
        }
    }

    /// <summary>Begins to answer. Everything that can fail has been done before.</summary>
    public void Start() => _begin.Set();

    /// <summary>
    /// Checks that the path still leads to the socket, and binds again where the path was removed or something stale is in its place.
    /// Another daemon that answers there is left alone. To be called regularly.
    /// </summary>
    public void EnsurePresent()
    {
        lock (_placing)
        {
            if (_isUnlinked || _unlisten.IsCancellationRequested || (_next ?? _listener).IsInPlace)
            {
                _hasComplained = false;
                return;
            }

            var (fresh, failure) = Installation.Current.Door.Open(_listener.Place);
            if (fresh is not null)
            {
                _next?.Dispose();
                _next = fresh;
                _listener.Wake();
                _logger.ControlReplaced(fresh.Place.Path);
            }
            else if (!_hasComplained)
            {
                _logger.ControlMissing(failure!.Message);
            }

            _hasComplained = fresh is null;
        }
    }

    /// <summary>
    /// Stops accepting and closes the socket. The path stays if another process serves it, and clients that are being answered get their
    /// answers.
    /// </summary>
    public void StopAccepting()
    {
        _unlisten.Cancel();
        if (_thread is not null)
        {
            lock (_placing)
            {
                // The thread may be about to wait for clients of the next one.
                _listener.Wake();
                _next?.Wake();
            }

            _thread.Join();
            _thread = null;
        }

        // Not earlier: closing the socket while a call uses it would disconnect it for the other process as well.
        lock (_placing)
        {
            _listener.Dispose();
            _next?.Dispose();
        }
    }

    /// <summary>Removes the path at the final stop, if it still leads to the socket. It is not bound again.</summary>
    public void Unlink()
    {
        lock (_placing)
        {
            _isUnlinked = true;
            (_next ?? _listener).Unlink();
        }
    }

    /// <summary>Stops: cuts off clients that have not asked yet, and waits for the answers that are being written.</summary>
    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _stop.CancelAsync().ConfigureAwait(false);
        Task[] visits;
        lock (_gate)
        {
            visits = [.. _visits.Select(visit => visit.Ended)];
        }

        await Task.WhenAll(visits).ConfigureAwait(false);
        _begin.Dispose();
        _slots.Dispose();
        _unlisten.Dispose();
        _stop.Dispose();
    }

    /// <summary>Does what can fail for want of descriptors: every client that finds the socket is answered.</summary>
    /// <exception cref="CallException">There are none, or no thread.</exception>
    private static ControlServer Prepare(
        ControlListener listener,
        IOperator daemon,
        ILogger logger,
        TimeProvider time)
    {
        ControlProtocol.Prepare();
        var server = new ControlServer(listener, daemon, logger, time);
        try
        {
            var thread = new Thread(server.Run) { IsBackground = true, Name = "control" };
            thread.Start();
            server._thread = thread;
            return server;
        }
        catch (OutOfMemoryException)
        {
            // The runtime throws this when a thread cannot be started, which also takes descriptors.
            throw new CallException("pthread_create", "control", Errno.EAGAIN);
        }
    }

    /// <summary>
    /// Answers every request of the process at the other end of a channel until that closes it. For the daemon's own processes: no other
    /// process can have a channel, and no deadline hurries them. This is the fence of the channel: a failure is logged, and ends it.
    /// </summary>
    /// <param name="lines">The channel, with what has been read from it; the caller disposes of its connection.</param>
    /// <param name="daemon">Does what a request asks for.</param>
    /// <param name="logger">The log.</param>
    /// <param name="stopping">Ends the loop.</param>
    public static async Task ServeChannelAsync(
        ControlLines lines,
        IOperator daemon,
        ILogger logger,
        CancellationToken stopping)
    {
        var responder = new ControlResponder(daemon, logger, place: null);
        try
        {
            while (true)
            {
                var line = await lines.ReadAsync(ControlProtocol.MostRequestBytes, stopping).ConfigureAwait(false);
                if (line.Kind is ControlLineKind.None or ControlLineKind.Torn)
                {
                    return;
                }

                var reply = await responder.AnswerAsync(line, null, stopping).ConfigureAwait(false);
                await lines.WriteAsync(ControlProtocol.Write(reply), stopping).ConfigureAwait(false);
                if (line.Kind == ControlLineKind.TooLong)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        catch (IOException)
        {
            // The other process has ended.
            return;
        }
        catch (Exception failure)
        {
            logger.ControlFailed(failure, "");
        }
    }
}
