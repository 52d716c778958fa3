using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>Wakes the listeners that wait for an address or a network interface when this host has got one.</summary>
internal sealed class NetworkWatch : IWatcher, IDisposable
{
    private readonly EventLoop _loop;
    private readonly NetworkChanges? _changes;
    private readonly Lock _taking = new();
    private readonly long _token;
    private bool _isDisposed;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts to watch. Where the system does not allow it, listeners try again after their pauses only.</summary>
    public NetworkWatch(EventLoop loop, ILogger logger)
    {
        _loop = loop;
        try
        {
            _changes = NetworkChanges.Open();
            _token = loop.Watch(_changes.Handle, this, Events.Read);
        }
        catch (CallException failure)
        {
            _changes?.Dispose();
            _changes = null;
            logger.NetworkUnwatched(failure.Message);
        }
    }

    /// <summary>Completes at the next change. To be taken before a try, so that no change during it is lost.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        if (TakeChanges())
        {
            Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_changes is null)
        {
            return;
        }

        lock (_taking)
        {
            // The loop may have ended before.
            _loop.Forget(_token);
            _changes.Dispose();
            _isDisposed = true;
        }
    }

    private bool TakeChanges()
    {
        lock (_taking)
        {
            return !_isDisposed && _changes!.Take();
        }
    }
}
