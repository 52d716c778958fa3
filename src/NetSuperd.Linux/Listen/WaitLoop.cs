using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// The loop of sockets that a child inherits: they are watched until something arrives, and then rest until the child has ended.
/// </summary>
/// <remarks>
/// A child that ends without reading what woke it would be followed by the next child at once, without end. The mark of the first datagram
/// in the queue, or the list of waiting connections, tells whether it did. A child that reads it but sends something new to its own socket
/// would be followed by the next one as well: see <see cref="WaitPace"/>.
/// </remarks>
/// <param name="loop">Watches the sockets.</param>
/// <param name="sockets">The sockets.</param>
/// <param name="starts">Holds starts back during a restart.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="changed">Called when the state of the sockets may have changed.</param>
internal sealed class WaitLoop(
    EventLoop loop, IReadOnlyList<BoundSocket> sockets, StartTurn starts, ILogger logger, TimeProvider time, Action changed) : IListenLoop
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    // Before the next child where the system does not tell whether the last one has served a client: those that never do use little time.
    private static readonly TimeSpan UncountedInterval = TimeSpan.FromMilliseconds(100);

    private readonly WaitPace _pace = new(time);
    private string? _failure;
    private Backoff _backoff = new(first: TimeSpan.FromMilliseconds(100), longest: TimeSpan.FromSeconds(10));
    private long _dropped;

    private volatile Assignment? _assignment;

    /// <inheritdoc/>
    public string? Trouble => _failure ?? (_pace.IsHeld
        ? $"limited to {WaitPace.MostInMinute} children a minute: only its own children seem to wake it; if that is not a loop, set rate"
        : null);

    private Service Service => _assignment!.Service;

    private IReadOnlyList<SafeHandle> Handles => [.. sockets.Select(socket => socket.Socket.SafeHandle)];

    private string Local { get; } = string.Join(" and ", sockets.Select(socket => socket.Local));

    /// <inheritdoc/>
    public void Assign(Assignment assignment) => _assignment = assignment;

    /// <inheritdoc/>
    /// <remarks>
    /// A child that runs when the loop is stopped keeps running, and the sockets rest until it has ended. The loop also ends when a child
    /// has left a socket in a state that only a new socket mends.
    /// </remarks>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            IChildStart? start = null;
            try
            {
                // Waits until the predecessor has closed the sockets: only one child, or accept loop, may use them.
                await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                if (!SocketRepair.AreSound(sockets, logger))
                {
                    return;
                }

                await Readable.WhenAsync(loop, Handles, stopping).ConfigureAwait(false);
                await KeepPaceAsync(stopping).ConfigureAwait(false);

                // During a handover what has arrived is left to the successor, with the limits of the service.
                await starts.WhenFreeAsync(stopping).ConfigureAwait(false);
                var assignment = _assignment!;
                start = await assignment.Receiver.EnterAsync(assignment.Service, stopping).ConfigureAwait(false);
                if (start is not null)
                {
                    await ServeAsync(assignment, start, stopping).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // No failure ends the loop. A child ends its count itself, and only once.
                start?.Dispose();
                logger.ListenerFailed(Local, Service.Name, failure.Message);
                _failure = failure.Message;
                changed();
                await Task.Delay(_backoff.Next(), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Delays a service whose children wake it, until another client comes or the next child is due.</summary>
    private async Task KeepPaceAsync(CancellationToken stopping)
    {
        while (_assignment is { Service.Admission.Rate: null, DatagramPorts: var ownPorts }
            && !_pace.TryTake(Queued) && !sockets.Any(socket => LivingClient.WaitsOn(socket, ownPorts)))
        {
            if (await Readable.MoreAsync(loop, Handles, sockets.Count(IsReadable), _pace.Wait, time, stopping).ConfigureAwait(false))
            {
                _pace.Arrived();
            }
            else if (_pace.Hold())
            {
                logger.WakesItself(Service.Name, Local, WaitPace.MostInMinute);
                changed();
            }
        }
    }

    /// <summary>
    /// How much waits: bytes in the queue of a datagram socket, or connections. For datagrams on a unix socket, which are few, the system
    /// does not report it.
    /// </summary>
    private long Queued() => sockets.Sum(socket => !socket.IsDatagram ? PendingConnections.Of(socket).Count
        : socket.Socket.LocalEndPoint is IPEndPoint local && SocketCookie.Of(socket.Socket.SafeHandle) is { } cookie
            ? SocketDiagnosis.Queued(socket.Port.Key.Transport.Protocol, local, cookie)
            : 0);

    private static bool IsReadable(BoundSocket socket) => socket.Ask(open => open.Poll(0, SelectMode.SelectRead));

    /// <summary>Starts a child for what has arrived, and waits for its end.</summary>
    private async Task ServeAsync(Assignment assignment, IChildStart start, CancellationToken stopping)
    {
        var before = sockets.Select(Waiting).ToList();
        var first = before.FindIndex(waiting => waiting.First is not null);
        if (first < 0 && !sockets.Any(socket => !socket.IsDatagram && IsReadable(socket)))
        {
            // A datagram with a wrong checksum is dropped when it is looked at. Without a sender there is no client to judge.
            start.Dispose();
            await Task.Delay(RetryInterval, time, stopping).ConfigureAwait(false);
            return;
        }

        var child = new SharingChild(assignment);
        await starts.EnterAsync(start, stopping).ConfigureAwait(false);
        if (Start(child, assignment, start, first < 0 ? null : before[first].First!.Sender) is not { } running)
        {
            return;
        }

        changed();
        var outcome = await running.WaitAsync(stopping).ConfigureAwait(false);
        changed();

        // What an ending child has left is for the next child. For any other child it can be checked only on a sound socket.
        if (child.IsEnding || !SocketRepair.AreSound(sockets, logger))
        {
            return;
        }

        if (outcome == ChildOutcome.Refused && first >= 0)
        {
            DatagramMark.Drop(sockets[first].Socket.SafeHandle);
        }
        else if (outcome == ChildOutcome.NotRan)
        {
            var pause = _backoff.Next();
            logger.WaitNotStarted(Service.Name, Local, pause.TotalSeconds);
            await Task.Delay(pause, time, stopping).ConfigureAwait(false);
        }
        else if (sockets.Zip(before, Took).Any(took => took))
        {
            _backoff.Reset();
            _failure = null;
        }
        else
        {
            await DelayAsync(child, before.Exists(waiting => waiting.Connections.AreUncounted), stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Delays the next child, since this one has taken nothing that waited, as far as the system tells.</summary>
    private async Task DelayAsync(SharingChild child, bool isUncounted, CancellationToken stopping)
    {
        if (isUncounted && child.Record?.Usage is { Status: 0 })
        {
            // It may have served one of several clients.
            _failure = null;
            await Task.Delay(UncountedInterval, time, stopping).ConfigureAwait(false);
            return;
        }

        var pause = _backoff.Next();
        logger.WaitBackoff(Service.Name, Local, pause.TotalSeconds);
        await Task.Delay(pause, time, stopping).ConfigureAwait(false);
    }

    /// <summary>Starts a child with the sockets, in its turn, which ends here.</summary>
    /// <returns>Its end; null where another map is in force.</returns>
    private Task<ChildOutcome>? Start(SharingChild child, Assignment assignment, IChildStart start, EndPoint? sender)
    {
        try
        {
            foreach (var socket in sockets)
            {
                SharedSocket.Block(socket.Socket);
                socket.LeaveTo(child);
            }

            if (assignment == _assignment)
            {
                return child.RunAsync(start, sockets, sender, isWoken: true);
            }

            // Its reload has not seen this child.
            child.NotStarted();
            start.Dispose();
            return null;
        }
        finally
        {
            starts.Leave();
        }
    }

    /// <summary>What waits on a socket: the first datagram, or the connections.</summary>
    private static (DatagramMark? First, PendingConnections Connections) Waiting(BoundSocket socket) =>
        (socket.IsDatagram ? FirstOf(socket) : null, PendingConnections.Of(socket));

    private static DatagramMark? FirstOf(BoundSocket socket) => socket.Ask(open => DatagramMark.First(open.SafeHandle));

    /// <summary>
    /// Whether a child has read some of what waited. A datagram that it has left is dropped, lest the next child fails on it too.
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
