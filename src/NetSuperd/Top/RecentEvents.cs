using System.Net.Sockets;
using NetSuperd.Control;
using NetSuperd.Platform;

namespace NetSuperd.Top;

/// <summary>The last events of the daemon, over a restart too.</summary>
internal sealed class RecentEvents
{
    private const int Most = 1000;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<SeenEvent> _events = new();
    private long _last;

    /// <summary>The events, oldest first.</summary>
    public IReadOnlyList<SeenEvent> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(WatchedDaemon daemon, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = await daemon.ReadEventsAsync(ControlRequest.Of(ControlCommand.Events), cancellationToken);
                while (client is not null && await client.NextAsync(cancellationToken) is { } line)
                {
                    Add(line.ToArray());
                }
            }
            catch (Exception failure) when (failure is SocketException or CallException or IOException)
            {
                // The daemon is away: it is tried again.
            }

            await Task.Delay(Retry, cancellationToken);
        }
    }

    private void Add(byte[] line)
    {
        lock (_lock)
        {
            _events.Enqueue(new SeenEvent(++_last, line));
            if (_events.Count > Most)
            {
                _events.Dequeue();
            }
        }
    }
}
