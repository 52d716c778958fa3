using System.Runtime.InteropServices;
using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>Waits on an event loop until there is something to read on sockets that children inherit, or until a process has ended.</summary>
/// <remarks>
/// Not by an asynchronous call of <see cref="System.Net.Sockets.Socket"/>: that sets O_NONBLOCK, which the child would share, and no child of inetd expects it.
/// </remarks>
internal sealed class Readable : IWatcher
{
    private readonly EventLoop _loop;
    private readonly List<(SafeHandle Handle, long Token)> _watched = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Readable(EventLoop loop) => _loop = loop;

    /// <summary>Completes when one of the descriptors can be read.</summary>
    /// <exception cref="LibcException">One cannot be watched.</exception>
    public static async Task WhenAsync(EventLoop loop, IReadOnlyList<SafeHandle> handles, CancellationToken stopping)
    {
        var readable = new Readable(loop);
        try
        {
            readable.Watch(handles);
            await readable._ready.Task.WaitAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            readable.Forget();
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        // Here and now: what is still there would be reported until the waiting task has run.
        Forget();
        _ready.TrySetResult();
    }

    private void Watch(IReadOnlyList<SafeHandle> handles)
    {
        lock (_watched)
        {
            foreach (var handle in handles)
            {
                _watched.Add((handle, _loop.Watch(handle, this, Events.Read)));
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
