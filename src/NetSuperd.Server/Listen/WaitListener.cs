using System.Net;
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
internal sealed class WaitListener(IReadOnlyList<BoundSocket> sockets, Readiness readiness, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(10);

    private TimeSpan _pause;
    private long _dropped;
    private long _replaced;

    /// <summary>The service whose child gets the sockets.</summary>
    public Service Service => sockets[0].Port.Service;

    /// <summary>The sockets.</summary>
    public IReadOnlyList<BoundSocket> Sockets => sockets;

    /// <summary>The addresses in use, as the log names them.</summary>
    public string Local { get; } = string.Join(" and ", sockets.Select(socket => socket.Local));

    /// <summary>Watches until it is stopped; a child that runs then is left to the stop of the children.</summary>
    /// <param name="start">Starts a child with the sockets, for a sender where one is known, and completes at its end: whether there was one.</param>
    /// <param name="stopping">Ends the loop.</param>
    public async Task RunAsync(Func<WaitListener, EndPoint?, Task<bool>> start, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                MendSockets();
                await readiness.WhenReadableAsync(sockets, stopping).ConfigureAwait(false);
                var before = sockets.Select(Waiting).ToList();
                var sender = before.Find(waiting => waiting.First is not null).First?.Sender;
                var ran = await start(this, sender).WaitAsync(stopping).ConfigureAwait(false);
                var hasTaken = ran && sockets.Zip(before, Took).Any(took => took);
                if (!hasTaken)
                {
                    await BackOffAsync(stopping).ConfigureAwait(false);
                }
                else
                {
                    _pause = TimeSpan.Zero;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Nothing ends the loop but the stop.
                logger.ListenerFailed(Local, Service.Name, failure.Message);
                await BackOffAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
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
