using NetSuperd.Platform;

namespace NetSuperd.Linux.Spawn;

/// <summary>
/// The connection of a child that has ended, until its client has ended its part or the time is over: what the child has not read is
/// discarded, since closing would reset the connection (RFC 2525 section 2.17), and the client could lose the answer.
/// </summary>
/// <param name="loop">The loop of the children.</param>
/// <param name="watch">Closes the record afterwards: until then the connection keeps its place in the limits.</param>
/// <param name="child">The child.</param>
/// <param name="connection">The daemon's copy of its connection.</param>
/// <param name="end">How the child ended; null: that is unknown.</param>
internal sealed class LingeringEnd(
    EventLoop loop, ChildWatch watch, RunningChild child, StreamSocket connection, ChildEnd? end)
    : IWatcher, ILoopWork, IDisposable
{
    // In one turn of the loop.
    private const int MostDiscardedBytes = 64 * 1024;

    private Timer? _timer;
    private long? _token;
    private bool _isOver;

    /// <summary>Ends the answer, and waits for the client.</summary>
    public void Begin(TimeSpan time)
    {
        connection.EndSending();
        try
        {
            _token = loop.Watch(connection, this, Events.Read);
            _timer = new Timer(_ => loop.Post(this), null, time, Timeout.InfiniteTimeSpan);
        }
        catch (CallException)
        {
            // No memory to watch it: it ends now.
            Dispose();
        }
    }

    /// <summary>Discards what has come.</summary>
    public void Ready(Events events)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (var discarded = 0; discarded < MostDiscardedBytes;)
        {
            var received = connection.Receive(buffer);
            if (received.MustWait)
            {
                return;
            }

            if (received.Count <= 0)
            {
                Dispose();
                return;
            }

            discarded += received.Count;
        }
    }

    /// <summary>What the child would get ends its connection only if it would kill it.</summary>
    /// <param name="signal">The signal; null: the one that asks a child to end.</param>
    public void Signal(int? signal)
    {
        if (signal == SignalName.SIGKILL)
        {
            loop.Post(this);
        }
    }

    /// <summary>The time is over, or the daemon stops at once.</summary>
    public void Run() => Dispose();

    /// <summary>Closes the connection and the record, once.</summary>
    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _timer?.Dispose();
        if (_token is { } token)
        {
            loop.Forget(connection, token);
        }

        connection.Dispose();
        watch.Close(child, end, failure: null);
    }
}
