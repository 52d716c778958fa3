using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>
/// A listening socket that is about to be closed. Closing resets every client that has connected and was not accepted yet. So new clients
/// are kept away first, handshakes that have begun are completed, and then all waiting clients are accepted.
/// </summary>
/// <remarks>
/// New clients of TCP are kept away by a filter that drops their first segment: they send it again after a second, and reach the socket
/// that has taken over the port, or learn that no process listens.
/// </remarks>
internal sealed class ClosingListener(EventLoop loop, BoundSocket bound, TimeProvider time) : IWaitingListener, ILoopWork
{
    // After this many accepts the other listeners have their turn.
    private const int MostAcceptedAtOnce = 16;
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    // The reserve of descriptors is used as well: these clients have no later chance.
    private readonly Backlog _backlog = new(bound, reserve: null);
    private IConnectionPath? _path;
    private TaskCompletionSource<bool>? _accepted;

    /// <summary>Hands on all waiting clients.</summary>
    public async Task DrainAsync(Assignment assignment)
    {
        var isFiltered = bound.Port.Key.Transport.IsTcp && bound.Host.Sockets.KeepAway(bound.Socket);
        var began = time.GetTimestamp();
        _path = assignment.Receiver.Open(assignment.Places[0], _backlog, this);
        while (true)
        {
            // Asked before accepting: a client whose handshake is complete by now is waiting already.
            var isLast = !isFiltered || time.GetElapsedTime(began) > LongestHandshake || !HasHandshakes();
            if (!await AcceptAllAsync().ConfigureAwait(false) || isLast)
            {
                return;
            }

            await Task.Delay(RetryInterval, time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Wake() => loop.Post(this);

    /// <summary>Accepts on the loop.</summary>
    public void Run()
    {
        try
        {
            for (var i = 0; i < MostAcceptedAtOnce; i++)
            {
                switch (_accepted is null ? AcceptOutcome.Waits : _path!.Receive(mayWait: false))
                {
                    case AcceptOutcome.Waits:
                        return;
                    case AcceptOutcome.None when AcceptFailures.Classify(_backlog.Errno) is not AcceptFailure.Client and var failure:
                        Complete()?.TrySetResult(failure == AcceptFailure.None);
                        return;
                }
            }

            Wake();
        }
        catch (Exception failure)
        {
            Complete()?.TrySetException(failure);
        }
    }

    private bool HasHandshakes() => bound.Socket.LocalEndPoint is IPEndPoint local && bound.Host.Sockets.HasHandshakes(local);

    /// <returns>False where the system returns no more clients, for example without descriptors: the waiting clients are lost.</returns>
    private Task<bool> AcceptAllAsync()
    {
        var accepted = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _accepted, accepted);
        Wake();
        return accepted.Task;
    }

    private TaskCompletionSource<bool>? Complete() => Interlocked.Exchange(ref _accepted, null);
}
