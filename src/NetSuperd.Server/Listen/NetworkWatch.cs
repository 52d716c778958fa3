using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>Wakes the listeners that wait for an address or a network interface when this host has got one.</summary>
internal sealed class NetworkWatch : IDisposable
{
    private readonly INetworkChanges? _changes;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts to watch. Where the system does not allow it, listeners try again after their pauses only.</summary>
    public NetworkWatch(ISockets sockets, EventLoop loop, ILogger logger)
    {
        try
        {
            _changes = sockets.WatchNetwork(loop, TellNext);
        }
        catch (CallException failure)
        {
            logger.NetworkUnwatched(failure.Message);
        }
    }

    /// <summary>Completes at the next change. To be taken before a try, so that no change during it is lost.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <inheritdoc/>
    public void Dispose() => _changes?.Dispose();

    private void TellNext() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
