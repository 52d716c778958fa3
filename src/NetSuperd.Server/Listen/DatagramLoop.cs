using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Receives the datagrams of a socket for a handler, batch by batch, on the loop of a datagram thread.</summary>
internal sealed class DatagramLoop(BoundSocket bound, DatagramThread thread, DescriptorReserve reserve)
    : IListenLoop, IWatcher, ILoopWork, IWaitingListener
{
    // After this many batches the other sockets of the thread have their turn.
    private const int MostBatches = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isUnix = bound.IsUnix;
    private volatile Service? _service;
    private IDatagramReceiver? _next;
    private volatile IDatagramReceiver? _receiver;
    private long? _token;
    private bool _waits;
    private volatile bool _isStopping;

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    /// <remarks>Another map holds from the next batch on; the receiver of the present batch is kept until then.</remarks>
    public void Assign(Assignment assignment)
    {
        _service = assignment.Service;
        var next = assignment.Receiver.Datagrams(assignment.Places[0], bound.Socket, thread.Loop, this, reserve);
        Interlocked.Exchange(ref _next, next)?.Dispose();
        thread.Loop.Post(this);
    }

    /// <inheritdoc/>
    /// <exception cref="CallException">The socket is broken.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            bound.Host.Sockets.PrepareDatagrams(bound.Socket);
            Watch();
            await _failed.Task.WaitAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            // Not on the loop, which a handler may block: the system may soon reuse the number of the socket.
            Forget();
            _isStopping = true;
            thread.Loop.Post(this);

            // A handler that does not return keeps its thread, and the stop does not wait for it; a worker is waited for no longer.
            await _ended.Task.WaitAsync(Patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _receiver?.Stop();
        }
    }

    /// <summary>A batch was received.</summary>
    public void Ready(Events events)
    {
        TakeNext();
        if (_receiver!.CallsHandler)
        {
            thread.Begin(_service!.Name, _service.Handler!);
        }

        try
        {
            Serve(thread.Batch);
        }
        catch (Exception failure)
        {
            // The listener reports the failure and tries again; until then the loop would call this for the same datagram without end.
            Forget();
            _failed.TrySetException(failure);
        }
        finally
        {
            thread.End();
        }
    }

    /// <inheritdoc/>
    public void Wake() => thread.Loop.Post(this);

    /// <summary>Runs what was posted: another map, the end of a wait, or the end.</summary>
    public void Run()
    {
        TakeNext();
        if (_isStopping)
        {
            _receiver?.Dispose();
            _receiver = null;
            _ended.TrySetResult();
        }
        else if (_waits)
        {
            _waits = false;
            WatchAgain();
        }
    }

    private void Watch()
    {
        lock (_failed)
        {
            // A loop that is just being stopped is not watched again.
            _token = _isStopping ? null : thread.Loop.Watch(bound.Socket.SafeHandle, this, Events.Read);
        }
    }

    private void WatchAgain()
    {
        try
        {
            Watch();
        }
        catch (CallException failure)
        {
            _failed.TrySetException(failure);
        }
    }

    private void Forget()
    {
        lock (_failed)
        {
            if (_token is { } token)
            {
                thread.Loop.Forget(bound.Socket.SafeHandle, token);
                _token = null;
            }
        }
    }

    private void TakeNext()
    {
        if (Interlocked.Exchange(ref _next, null) is { } next)
        {
            if (_receiver is { } before)
            {
                next.Follow(before);
                before.Dispose();
            }

            _receiver = next;
        }
    }

    private void Serve(DatagramBatch batch)
    {
        // What arrives after the end is for the loop that comes next.
        for (var i = 0; i < MostBatches && !_isStopping; i++)
        {
            if (_receiver!.MustWait())
            {
                Forget();
                _waits = true;
                return;
            }

            if (batch.Receive(bound.Socket.SafeHandle, _isUnix) is { } errno
                && AcceptFailures.Classify(errno) is not (AcceptFailure.None or AcceptFailure.Client))
            {
                throw new CallException("recvmmsg", bound.Local, errno);
            }

            if (batch.Count == 0)
            {
                return;
            }

            _receiver.Receive(batch);
        }
    }
}
