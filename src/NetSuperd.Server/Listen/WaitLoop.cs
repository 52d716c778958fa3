using System.Net.Sockets;
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
    EventLoop loop, IReadOnlyList<BoundSocket> sockets, ILogger logger, TimeProvider time, Action changed) : IListenLoop
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(10);

    private TimeSpan _pause;
    private long _dropped;

    private volatile Assignment? _assignment;

    /// <inheritdoc/>
    public string? Trouble { get; private set; }

    private Service Service => _assignment!.Service;

    private string Local { get; } = string.Join(" and ", sockets.Select(socket => socket.Local));

    /// <inheritdoc/>
    public void Assign(Assignment assignment) => _assignment = assignment;

    /// <inheritdoc/>
    /// <remarks>
    /// A child that runs when the loop is stopped runs on, and the sockets rest until it has ended. The loop also ends when a child has left a socket in
    /// a state that only a new one mends.
    /// </remarks>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            IShare? share = null;
            try
            {
                // A child of ours beside one of the process before this one, or beside its accept loop, would be one too many.
                await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                if (!AreSound())
                {
                    return;
                }

                await Readable.WhenAsync(loop, [.. sockets.Select(socket => socket.Socket.SafeHandle)], stopping).ConfigureAwait(false);
                var assignment = _assignment!;
                share = await assignment.Receiver.EnterAsync(assignment.Service, stopping).ConfigureAwait(false);
                if (share is not null)
                {
                    await ServeAsync(assignment, share, stopping).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Nothing else ends the loop. What a child has taken over it gives back itself, and only once.
                share?.Dispose();
                logger.ListenerFailed(Local, Service.Name, failure.Message);
                Trouble = failure.Message;
                changed();
                await Task.Delay(NextPause(), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Sets back what children have changed.</summary>
    /// <returns>False where that cannot be done.</returns>
    private bool AreSound()
    {
        foreach (var socket in sockets)
        {
            SharedSocket.Block(socket.Socket);
        }

        return sockets.Select(socket => socket.Mend(logger)).ToList().TrueForAll(left => left is null);
    }

    /// <summary>Starts a child for what waits, and waits for its end.</summary>
    private async Task ServeAsync(Assignment assignment, IShare share, CancellationToken stopping)
    {
        var before = sockets.Select(Waiting).ToList();
        var first = before.FindIndex(waiting => waiting.First is not null);
        if (first < 0 && !sockets.Any(socket => !socket.IsDatagram && socket.Ask(open => open.Poll(0, SelectMode.SelectRead))))
        {
            // A datagram whose checksum is wrong is dropped at the look. Without a sender there is no client to judge.
            share.Dispose();
            await Task.Delay(LookAgain, time, stopping).ConfigureAwait(false);
            return;
        }

        var child = new SharingChild(assignment.Definition);
        foreach (var socket in sockets)
        {
            SharedSocket.Block(socket.Socket);
            socket.LeaveTo(child);
        }

        if (assignment != _assignment)
        {
            // Another map is in force, and a reload that looked for children has not seen this one.
            child.Forgo();
            share.Dispose();
            return;
        }

        var running = child.RunAsync(share, sockets, first < 0 ? null : before[first].First!.Sender);
        changed();
        var outcome = await running.WaitAsync(stopping).ConfigureAwait(false);
        changed();

        // What an ending child has left is for the next one. Whether another one has left anything is seen only on a sound socket.
        if (child.IsEnding || !AreSound())
        {
            return;
        }

        if (outcome == ShareOutcome.Refused && first >= 0)
        {
            DatagramMark.Drop(sockets[first].Socket.SafeHandle);
        }
        else if (outcome == ShareOutcome.NotRan || !sockets.Zip(before, Took).Any(took => took))
        {
            var pause = NextPause();
            logger.WaitBackoff(Service.Name, Local, pause.TotalSeconds);
            await Task.Delay(pause, time, stopping).ConfigureAwait(false);
        }
        else
        {
            _pause = TimeSpan.Zero;
            Trouble = null;
        }
    }

    private TimeSpan NextPause() => _pause = _pause == TimeSpan.Zero ? LeastPause : _pause * 2 < MostPause ? _pause * 2 : MostPause;

    /// <summary>What waits on a socket: the first datagram, or the connections.</summary>
    private static (DatagramMark? First, PendingConnections Connections) Waiting(BoundSocket socket) =>
        (socket.IsDatagram ? FirstOf(socket) : null, PendingConnections.Of(socket));

    private static DatagramMark? FirstOf(BoundSocket socket) => socket.Ask(open => DatagramMark.First(open.SafeHandle));

    /// <summary>
    /// Whether a child took some of what waited. A datagram that it has left is dropped, lest the next child trips over it.
    /// </summary>
    private bool Took(BoundSocket socket, (DatagramMark? First, PendingConnections Connections) before)
    {
        if (before.First is null)
        {
            return before.Connections.AreTaken(PendingConnections.Of(socket));
        }

        if (FirstOf(socket) != before.First)
        {
            return true;
        }

        DatagramMark.Drop(socket.Socket.SafeHandle);
        logger.DatagramDropped(Service.Name, socket.Local, before.First.Sender ?? (object)"a unix socket", before.First.Length, ++_dropped);
        return false;
    }
}
