using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

internal sealed class Work(Action run) : ILoopWork
{
    public void Run() => run();
}

internal sealed class Watcher(Action<Events> ready) : IWatcher
{
    public void Ready(Events events) => ready(events);
}

internal sealed class Counter : IWatcher
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public Events Last { get; private set; }

    public void Ready(Events events)
    {
        Last = events;
        Interlocked.Increment(ref _count);
    }

    public Task ReachesAsync(int count) => Waiting.UntilAsync(() => Count >= count, $"{count} events");
}
