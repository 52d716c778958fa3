using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>A datagram socket that a handler serves, batch by batch, on the thread of its service.</summary>
internal sealed class DatagramLoop(BoundSocket bound, DatagramThread thread) : IListenLoop
{
    // Then the other sockets of the service have their turn.
    private const int MostBatches = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isUnix = bound.Place.Address is null;
    private Assignment _assignment = null!;
    private IDatagramReceiver? _next;
    private IDatagramReceiver? _receiver;
    private long _token;

    /// <inheritdoc/>
    /// <remarks>What another map says holds from the next batch on: what serves the one under way stays until then.</remarks>
    public required Assignment Assignment
    {
        get => _assignment;
        set
        {
            _assignment = value;
            Interlocked.Exchange(ref _next, value.Receiver.Datagrams(value.Places[0].Port, bound.Socket))?.Dispose();
            if (_token != 0)
            {
                thread.Call(_token);
            }
        }
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    /// <exception cref="LibcException">The socket is broken.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            DatagramBatch.Prepare(bound.Socket);
            _token = thread.Add(bound.Socket.SafeHandle, Serve);

            // Another map may have come in this very moment.
            thread.Call(_token);
            await _failed.Task.WaitAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            // A handler that does not return keeps what serves it, and nobody waits for it.
            await LeaveAsync().WaitAsync(Patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeaveAsync()
    {
        await (_token == 0 ? Task.CompletedTask : thread.RemoveAsync(_token)).ConfigureAwait(false);
        Interlocked.Exchange(ref _next, null)?.Dispose();
        _receiver?.Dispose();
    }

    /// <summary>On the thread. It never throws.</summary>
    private void Serve(DatagramBatch batch)
    {
        try
        {
            if (Interlocked.Exchange(ref _next, null) is { } next)
            {
                _receiver?.Dispose();
                _receiver = next;
            }

            for (var i = 0; i < MostBatches; i++)
            {
                if (batch.Receive(bound.Socket.SafeHandle, _isUnix) is { } errno && AcceptFailures.Classify(errno) != AcceptFailure.Client)
                {
                    throw new LibcException("recvmmsg", bound.Local, errno);
                }

                if (batch.Count == 0)
                {
                    return;
                }

                _receiver!.Receive(batch);
            }
        }
        catch (Exception failure)
        {
            // Whoever runs the loop says so and tries again; until then it would be called for the same datagram, for ever.
            _ = thread.RemoveAsync(_token);
            _failed.TrySetException(failure);
        }
    }
}
