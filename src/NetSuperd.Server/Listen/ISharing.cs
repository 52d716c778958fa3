using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>What a system does with sockets that the daemon shares with other processes.</summary>
internal interface ISharing
{
    /// <summary>The sockets that were passed on, with what a predecessor has told of the children that have them.</summary>
    IInheritance Inherit(IReadOnlyList<ListenDescriptor> passed, IReadOnlyDictionary<string, ToldChild> children);

    /// <summary>Processes with a socket that are no children of this one.</summary>
    /// <param name="ends">Descriptors that each become readable when one of them has ended.</param>
    /// <param name="told">What the predecessor has told of the child; null where that is nothing.</param>
    /// <param name="loop">Watches them.</param>
    /// <param name="time">The clock.</param>
    IOtherProcesses Others(IReadOnlyList<SafeHandle> ends, ToldChild? told, EventLoop loop, TimeProvider time);

    /// <summary>Makes the loop of a listener whose sockets children get themselves.</summary>
    IListenLoop LoopOf(
        Listener listener, IReadOnlyList<BoundSocket> sockets, EventLoop loop, StartTurn starts, ILogger logger, TimeProvider time);

    /// <summary>Watches whether children with the sockets of a listener have no clients.</summary>
    IIdleWatch WatchIdle(Listener listener, ILogger logger, TimeProvider time);

    /// <summary>Makes what finds processes that children have left behind with a socket.</summary>
    ILeftHolders WatchLeft(TimeProvider time);

    /// <summary>Remembers the state of a socket, to restore it after a child.</summary>
    /// <param name="given">A socket of which the present state counts; null: it is compared with a new one.</param>
    ISocketRepair RepairOf(Socket? given);

    /// <summary>A copy of a socket for another process.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    SafeHandle Copy(Socket socket);

    /// <summary>The same socket by a new descriptor, which the runtime has not seen; the old one is closed.</summary>
    /// <exception cref="CallException">A call failed, or no descriptor is left.</exception>
    Socket Reopen(Socket socket);

    /// <summary>Makes a socket useless for every process that has it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="sharesPort">Whether it leaves its port to the next one even so.</param>
    void Abandon(Socket socket, bool sharesPort);
}
