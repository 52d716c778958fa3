using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>Changes of the host's addresses and network interfaces, as rtnetlink(7) reports them.</summary>
internal sealed class NetworkReports : INetworkChanges, IWatcher
{
    private readonly EventLoop _loop;
    private readonly Action _changed;
    private readonly NetworkChanges _changes = NetworkChanges.Open();
    private readonly Lock _taking = new();
    private readonly long _token;
    private bool _isDisposed;

    /// <param name="loop">Watches them.</param>
    /// <param name="changed">Called on the loop at each change.</param>
    /// <exception cref="CallException">The system does not allow it.</exception>
    public NetworkReports(EventLoop loop, Action changed)
    {
        (_loop, _changed) = (loop, changed);
        try
        {
            _token = loop.Watch(_changes.Handle, this, Events.Read);
        }
        catch (CallException)
        {
            _changes.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        if (TakeChanges())
        {
            _changed();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
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
            return !_isDisposed && _changes.Take();
        }
    }
}
