using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>Waits on an event loop until sockets that children inherit are readable, or until a process has ended.</summary>
/// <remarks>
/// An asynchronous call of <see cref="System.Net.Sockets.Socket"/> would not do: it sets O_NONBLOCK, which the child would share, and
/// programs for inetd do not expect it.
/// </remarks>
internal sealed class Readable : IWatcher
{
    private readonly EventLoop _loop;
    private readonly List<(SafeHandle Handle, long Token)> _watched = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Events _events;
    private int _known;

    private Readable(EventLoop loop, Events events, int known) => (_loop, _events, _known) = (loop, events, known);

    /// <summary>Completes when one of the descriptors is readable.</summary>
    /// <exception cref="CallException">One cannot be watched.</exception>
    public static async Task WhenAsync(EventLoop loop, IReadOnlyList<SafeHandle> handles, CancellationToken stopping)
    {
        var readable = new Readable(loop, Events.Read, known: 0);
        await readable.WaitAsync(handles, Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(false);
    }

    /// <summary>Waits until more has arrived on descriptors, some of which are readable already.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="handles">The descriptors.</param>
    /// <param name="known">How many of them are readable already.</param>
    /// <param name="atMost">The longest time to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the wait.</param>
    /// <returns>False where the time is over.</returns>
    /// <exception cref="CallException">One cannot be watched.</exception>
    public static async Task<bool> MoreAsync(
        EventLoop loop, IReadOnlyList<SafeHandle> handles, int known, TimeSpan atMost, TimeProvider time, CancellationToken stopping)
    {
        // Each arrival is an event, and so is data that is there at the beginning.
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

        // Forgotten at once: a descriptor that stays readable would be reported until the waiting task has run.
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
