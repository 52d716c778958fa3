using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>Restores the state of a socket from before a child shared it.</summary>
/// <param name="given">What a service manager has set on the socket; null: the socket is compared with a new one.</param>
internal sealed class SocketRepair(SocketState? given) : ISocketRepair
{
    private bool _wasAstray;

    /// <summary>A child gets the socket.</summary>
    public void Share() => _wasAstray = false;

    /// <summary>Restores the socket. To be called while no child has it, and no other call closes it.</summary>
    /// <param name="bound">The socket.</param>
    /// <param name="sharesPort">Whether it shares its port with another.</param>
    /// <param name="backlog">How many connections the system queues.</param>
    /// <param name="logger">The log.</param>
    /// <returns>The names of the options and calls that cannot be restored; null: it is sound.</returns>
    public string? Restore(BoundSocket bound, bool sharesPort, int backlog, ILogger logger)
    {
        var sound = given ?? NewSocket.StateOf(bound.Place, bound.IsDualStack);
        if (bound.Port.HasDatagramHandler)
        {
            // A handler has the socket now. Without these options its answers would leave from the wrong address.
            LinuxDatagramBatch.Prepare(bound.Socket);
            sound = sound.Prepared(bound.Socket.AddressFamily);
        }

        var (setBack, left) = SharedSocket.Restore(
            bound.Socket, bound.IsDatagram, backlog, sound, bound.Filter, SocketOptions.GroupOf(bound.Place));
        if (bound.Port.Key.Transport.IsRaw && RawSocket.IsMoved(bound.Socket, bound.Place.Address!))
        {
            left = [.. left, "bind"];
        }

        if (given is not null)
        {
            SocketOptions.Apply(bound.Socket, bound.Port);
        }

        SocketOptions.JoinGroup(bound.Socket, bound.Place);
        if (bound.IsIp)
        {
            ListenOptions.SharePort(bound.Socket, sharesPort);
        }

        if (setBack.Count > 0)
        {
            logger.SocketMended(bound.Port.Service.Name, bound.Local, string.Join(", ", setBack));
        }

        // It was restored before, and no child has had it since: a process that an earlier child has left shuts it down repeatedly.
        var isAstray = setBack.Contains(SharedSocket.NotListening);
        (var isLost, _wasAstray) = (isAstray && _wasAstray, isAstray);
        return isLost ? SharedSocket.NotListening : left.Count == 0 ? null : string.Join(", ", left);
    }

    /// <summary>Undoes what children have changed on sockets that they shared.</summary>
    /// <returns>False where that is impossible for one of them.</returns>
    /// <inheritdoc cref="BoundSocket.Repair" path="/exception"/>
    public static bool AreSound(IReadOnlyList<BoundSocket> sockets, ILogger logger)
    {
        foreach (var socket in sockets)
        {
            SharedSocket.Block(socket.Socket);
        }

        return sockets.Select(socket => socket.Repair(logger)).ToList().TrueForAll(left => left is null);
    }
}
