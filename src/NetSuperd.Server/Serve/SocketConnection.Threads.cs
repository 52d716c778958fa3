using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetSuperd.Server.Serve;

/// <summary>On which thread the handler goes on after a call, and whether it waits.</summary>
/// <remarks>
/// A call that had to wait completes on the runtime's epoll thread (<see cref="InlineCompletions"/>). The code of a plugin goes on from
/// there on a pool thread, since nobody knows how long it takes. A built-in handler goes on where it is, which spares two changes of thread
/// for every message, and leaves for a pool thread only when call after call completes at once: one busy connection would otherwise keep
/// the thread from all the others.
/// </remarks>
internal sealed partial class SocketConnection
{
    private const int MostCallsInline = 16;

    private long _lastWait = time.GetTimestamp();
    private int _waits = 1;
    private int _callsInline;

    /// <summary>How long the handler has been running code without a wait for this connection; zero while it waits.</summary>
    public TimeSpan RunningFor =>
        Volatile.Read(ref _waits) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastWait));

    /// <summary>Whether the handler's first synchronous part is still running: it then holds a pool thread for certain.</summary>
    public bool HasNotYielded { get; private set; }

    /// <summary>The handler is about to be called; until now the connection was waiting for a pool thread.</summary>
    public void Enter()
    {
        HasNotYielded = true;
        Volatile.Write(ref _lastWait, time.GetTimestamp());
        Interlocked.Decrement(ref _waits);
    }

    /// <summary>The handler has returned its task.</summary>
    public void Yielded() => HasNotYielded = false;

    // Three methods that differ in little: what one awaits of another would be an object more for every connection that waits.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReceiveAsync(ValueTask<int> receiving, int asked)
    {
        var changesThread = BeginWait(receiving.IsCompleted);
        try
        {
            return Received(await receiving.ConfigureAwait(false), asked);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWaitAsync(ValueTask<int> waiting)
    {
        var changesThread = BeginWait(waiting.IsCompleted);
        try
        {
            Received(await waiting.ConfigureAwait(false), 0);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishSendAsync(ValueTask<int> sending)
    {
        var changesThread = BeginWait(sending.IsCompleted);
        try
        {
            // On a stream socket the task is done when all is sent.
            Sent(await sending.ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Translate(failure);
        }
        finally
        {
            if (changesThread)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _waits);
        }
    }

    /// <summary>Whether a call that completed at once may go on where it is: always, but for a built-in that has done so too often.</summary>
    private bool StaysInline() => !isBuiltin || ++_callsInline < MostCallsInline;

    /// <summary>The connection waits from now on.</summary>
    /// <returns>Whether a pool thread is to go on: after a wait for a plugin, after too many calls in a row for a built-in.</returns>
    private bool BeginWait(bool isCompleted)
    {
        Interlocked.Increment(ref _waits);
        _callsInline = 0;
        return isBuiltin == isCompleted;
    }
}
