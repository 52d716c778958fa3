using System.Runtime.InteropServices;
using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>
/// Waits on an event loop until there is something to read on sockets that children inherit, or until a process has ended.
/// </summary>
/// <remarks>
/// Not by an asynchronous call of <see cref="System.Net.Sockets.Socket"/>: that sets O_NONBLOCK, which the child would share, and no child
/// of inetd expects it.
/// </remarks>
internal sealed class Readable : IWatcher
{
    private readonly EventLoop _loop;
    private readonly List<(SafeHandle Handle, long Token)> _watched = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Events _events;
    private int _known;

    private Readable(EventLoop loop, Events events, int known) => (_loop, _events, _known) = (loop, events, known);

    /// <summary>Completes when one of the descriptors can be read.</summary>
    /// <exception cref="LibcException">One cannot be watched.</exception>
    public static async Task WhenAsync(EventLoop loop, IReadOnlyList<SafeHandle> handles, CancellationToken stopping)
    {
        var readable = new Readable(loop, Events.Read, known: 0);
        await readable.WaitAsync(handles, Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(false);
    }

    /// <summary>Waits until something more has come to descriptors, some of which can be read already.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="handles">The descriptors.</param>
    /// <param name="known">How many of them can be read already.</param>
    /// <param name="atMost">The longest time to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the wait.</param>
    /// <returns>False where the time is over.</returns>
    /// <exception cref="LibcException">One cannot be watched.</exception>
    public static async Task<bool> MoreAsync(
        EventLoop loop, IReadOnlyList<SafeHandle> handles, int known, TimeSpan atMost, TimeProvider time, CancellationToken stopping)
    {
        // Each arrival is an event, and so is what is there at the beginning.
        var readable = new Readable(loop, Events.Read | Events.Edge, known);
        try
        {
            await readable.WaitAsync(handles, atMost, time, stopping).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        if (_known-- > 0)
        {
            return;
        }

        // Here and now: what is still there would be reported until the waiting task has run.
        Forget();
        _ready.TrySetResult();
    }

    private async Task WaitAsync(IReadOnlyList<SafeHandle> handles, TimeSpan atMost, TimeProvider time, CancellationToken stopping)
    {
        try
        {
            Watch(handles);
            await _ready.Task.WaitAsync(atMost, time, stopping).ConfigureAwait(false);
        }
        finally
        {
            Forget();
        }
    }

    private void Watch(IReadOnlyList<SafeHandle> handles)
    {
        lock (_watched)
        {
            foreach (var handle in handles)
            {
                _watched.Add((handle, _loop.Watch(handle, this, _events)));
            }
        }
    }

    private void Forget()
    {
        lock (_watched)
        {
            _watched.ForEach(watched => _loop.Forget(watched.Handle, watched.Token));
            _watched.Clear();
        }
    }
}
