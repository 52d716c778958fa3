using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace NetSuperd.Server.Tests;

/// <summary>Fake time that reports when a waiter begins to wait for it: only then does advancing it have a meaning.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly Channel<bool> _timers = Channel.CreateUnbounded<bool>();

    /// <summary>Waits for the next timer that is made.</summary>
    public async Task TimerAsync() => await _timers.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Forgets the timers that were made so far.</summary>
    public void ForgetTimers()
    {
        while (_timers.Reader.TryRead(out _))
        {
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(true);
        return timer;
    }
}
