using System.Runtime.InteropServices;
using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>One thread that waits until there is something to read on sockets that children inherit, or until a process has ended.</summary>
/// <remarks>
/// Not by an asynchronous call of <see cref="System.Net.Sockets.Socket"/>: that sets O_NONBLOCK, which the child would share, and no child of inetd expects it.
/// </remarks>
internal sealed class Readiness : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly Dictionary<long, (IReadOnlyList<SafeHandle> Handles, TaskCompletionSource Ready)> _waiting = [];
    private readonly Thread _thread;
    private long _lastToken;
    private volatile bool _stop;

    public Readiness()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "readiness" };
        _thread.Start();
    }

    /// <summary>Completes when one of the descriptors can be read.</summary>
    /// <exception cref="LibcException">One cannot be watched.</exception>
    public async Task WhenReadableAsync(IReadOnlyList<SafeHandle> handles, CancellationToken stopping)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var token = Interlocked.Increment(ref _lastToken);
        try
        {
            lock (_waiting)
            {
                _waiting[token] = (handles, ready);
                foreach (var handle in handles)
                {
                    _epoll.Add(handle, token);
                }
            }

            await ready.Task.WaitAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            Forget(token);
        }
    }

    /// <summary>Ends the thread. What is still waited for never comes.</summary>
    public void Dispose()
    {
        if (_stop)
        {
            return;
        }

        _stop = true;
        _epoll.Wake();
        _thread.Join();
        _epoll.Dispose();
    }

    private void Run()
    {
        var ready = new List<long>();
        while (!_stop)
        {
            _epoll.Wait(null, ready);
            foreach (var token in ready)
            {
                Forget(token)?.TrySetResult();
            }
        }
    }

    private TaskCompletionSource? Forget(long token)
    {
        lock (_waiting)
        {
            if (!_waiting.Remove(token, out var waiting))
            {
                return null;
            }

            foreach (var handle in waiting.Handles)
            {
                _epoll.Remove(handle);
            }

            return waiting.Ready;
        }
    }
}
