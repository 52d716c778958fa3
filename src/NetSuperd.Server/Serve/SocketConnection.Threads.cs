using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetSuperd.Server.Serve;

/// <summary>On which thread the handler goes on after a call.</summary>
/// <remarks>
/// A call that had to wait completes on the runtime's epoll thread (<see cref="InlineCompletions"/>). The code of a plugin goes on from
/// there on a pool thread, since nobody knows how long it takes. A built-in handler goes on where it is, which spares two changes of thread
/// for every message, and leaves for a pool thread only when call after call completes at once: one busy connection would otherwise keep
/// the thread from all the others.
/// </remarks>
internal sealed partial class SocketConnection
{
    private const int MostCallsInline = 16;

    private long _lastProgress = time.GetTimestamp();
    private int _callsInline;

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
        }
    }

    /// <summary>Whether a call that completed at once may go on where it is: always, but for a built-in that has done so too often.</summary>
    private bool StaysInline() => !isBuiltin || ++_callsInline < MostCallsInline;

    /// <summary>Whether a pool thread is to go on: after a wait for a plugin, after too many calls in a row for a built-in.</summary>
    private bool BeginWait(bool isCompleted)
    {
        _callsInline = 0;
        return isBuiltin == isCompleted;
    }

    /// <summary>A call has got something done.</summary>
    private void Progress()
    {
        Volatile.Write(ref _lastProgress, time.GetTimestamp());
        if (!isBuiltin)
        {
            HandlerThread.Progress();
        }
    }
}
