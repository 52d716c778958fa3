using System.Threading.Channels;

namespace NetSuperd.Server.Tally;

/// <summary>A program that reads events, and the events that it has not taken yet: as many as fit, the latest.</summary>
public sealed class EventReader : IDisposable
{
    /// <summary>The most events that wait for one reader.</summary>
    public const int MostWaiting = 4096;

    private readonly EventFeed _feed;
    private readonly string? _service;
    private readonly Channel<ServerEvent> _waiting;
    private long _lost;

    internal EventReader(EventFeed feed, string? service, bool onlyChanges)
    {
        (_feed, _service, ReadsOnlyChanges) = (feed, service, onlyChanges);
        _waiting = Channel.CreateBounded<ServerEvent>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _lost));
    }

    /// <summary>Whether it reads no start and end of connections that are served.</summary>
    public bool ReadsOnlyChanges { get; }

    /// <summary>Waits for an event.</summary>
    /// <returns>False where no more will come.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _waiting.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the oldest event; null: none waits.</summary>
    public ServerEvent? Take() => _waiting.Reader.TryRead(out var oldest) ? oldest : null;

    /// <summary>How many events have been lost since the last call; they were older than the one that is taken next.</summary>
    public long TakeLost() => Interlocked.Exchange(ref _lost, 0);

    /// <summary>Leaves.</summary>
    public void Dispose() => _feed.Remove(this);

    internal void Offer(ServerEvent happened)
    {
        if ((_service is null || _service == happened.Service)
            && !(ReadsOnlyChanges && happened.Name is (ServerEvent.Started or ServerEvent.Ended)))
        {
            _waiting.Writer.TryWrite(happened);
        }
    }

    internal void Complete() => _waiting.Writer.TryComplete();
}
