using NetSuperd.Platform;

namespace NetSuperd;

/// <summary>
/// Holds up a thread of a test until the test releases it. A thread may come to it, or leave it, after the end of the test: it is not
/// disposed of.
/// </summary>
internal sealed class Latch : ILoopWork
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A thread that the test forgets ends with a failure, and not while a slow test still runs.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private bool _isReleased;

    /// <summary>Posts it to a loop, and completes when that is held up.</summary>
    public Task HoldAsync(EventLoop loop)
    {
        loop.Post(this);
        return ReachedAsync();
    }

    /// <summary>Completes when a thread is held up.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Lets every thread continue, those that come later included.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isReleased = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Holds up the thread that calls it. It sleeps, as a thread does that a system call holds up.</summary>
    public void Wait()
    {
        _reached.TrySetResult();
        lock (_gate)
        {
            while (!_isReleased)
            {
                Assert.True(Monitor.Wait(_gate, Longest), "the test does not release the thread");
            }
        }
    }

    void ILoopWork.Run() => Wait();
}
