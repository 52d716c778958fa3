using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>Sockets that a child inherits: they are watched until something arrives, and rest from then on until the child has ended.</summary>
/// <remarks>
/// A child that ends without taking what woke it would be started again at once, for ever. Whether it did is certain: the mark of the first
/// datagram in the queue tells, and the connections that nobody has accepted.
/// </remarks>
internal sealed class WaitLoop(
    IReadOnlyList<BoundSocket> sockets, Readiness readiness, ILogger logger, TimeProvider time, Action changed) : IListenLoop
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(10);

    private TimeSpan _pause;
    private long _dropped;
    private long _replaced;

    /// <inheritdoc/>
    public required Assignment Assignment { get; set; }

    /// <inheritdoc/>
    public string? Trouble { get; private set; }

    private Service Service => Assignment.Service;

    private string Local { get; } = string.Join(" and ", sockets.Select(socket => socket.Local));

    /// <inheritdoc/>
    /// <remarks>A child that runs when the loop is stopped goes on, and the sockets rest until it has ended.</remarks>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            IDisposable? lease = null;
            try
            {
                // A child of ours beside one of the process before this one, or beside its accept loop, would be one too many.
                await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                MendSockets();
                await readiness.WhenReadableAsync([.. sockets.Select(socket => (SafeHandle)socket.Socket.SafeHandle)], stopping).ConfigureAwait(false);
                var assignment = Assignment;
                lease = await assignment.EnterAsync(mayWait: true, stopping).ConfigureAwait(false);
                if (lease is null)
                {
                    continue;
                }

                var before = sockets.Select(Waiting).ToList();
                var first = before.FindIndex(waiting => waiting.First is not null);
                foreach (var socket in sockets)
                {
                    SharedSocket.Block(socket.Socket);
                }

                var child = assignment.ShareAsync(sockets, first < 0 ? null : before[first].First!.Sender, lease);
                Rest(child);
                var outcome = await child.WaitAsync(stopping).ConfigureAwait(false);
                changed();
                if (outcome == ShareOutcome.Refused && first >= 0)
                {
                    DatagramMark.Drop(sockets[first].Socket.SafeHandle);
                }
                else if (outcome == ShareOutcome.NotRan || !sockets.Zip(before, Took).Any(took => took))
                {
                    await BackOffAsync(stopping).ConfigureAwait(false);
                }
                else
                {
                    _pause = TimeSpan.Zero;
                    Trouble = null;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Nothing ends the loop but the stop. What a child has taken over it gives back itself, and only once.
                lease?.Dispose();
                logger.ListenerFailed(Local, Service.Name, failure.Message);
                Trouble = failure.Message;
                changed();
                await BackOffAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Rest(Task child)
    {
        foreach (var socket in sockets)
        {
            socket.Rest = child;
        }

        changed();
    }

    private void MendSockets()
    {
        foreach (var socket in sockets.Where(socket => socket.Mend()))
        {
            logger.SocketReplaced(Service.Name, socket.Local, ++_replaced);
        }
    }

    private async Task BackOffAsync(CancellationToken stopping)
    {
        _pause = _pause == TimeSpan.Zero ? LeastPause : _pause * 2 < MostPause ? _pause * 2 : MostPause;
        logger.WaitBackoff(Service.Name, Local, _pause.TotalSeconds);
        await Task.Delay(_pause, time, stopping).ConfigureAwait(false);
    }

    /// <summary>What waits on a socket: the first datagram, or the connections.</summary>
    private static (DatagramMark? First, PendingConnections Connections) Waiting(BoundSocket socket) =>
        (socket.IsDatagram ? DatagramMark.First(socket.Socket.SafeHandle) : null, PendingConnections.Of(socket));

    /// <summary>
    /// Whether a child took some of what waited. A datagram that it has left is dropped, lest the next child trips over it.
    /// </summary>
    private bool Took(BoundSocket socket, (DatagramMark? First, PendingConnections Connections) before)
    {
        if (before.First is null)
        {
            return before.Connections.AreTaken(PendingConnections.Of(socket));
        }

        if (DatagramMark.First(socket.Socket.SafeHandle) != before.First)
        {
            return true;
        }

        DatagramMark.Drop(socket.Socket.SafeHandle);
        logger.DatagramDropped(Service.Name, socket.Local, before.First.Sender ?? (object)"a unix socket", before.First.Length, ++_dropped);
        return false;
    }
}
