using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>What a system does with the sockets of the map.</summary>
internal interface ISockets
{
    /// <summary>Makes what an event loop waits with.</summary>
    /// <exception cref="CallException">There is no descriptor for it.</exception>
    Readiness CreateReadiness();

    /// <summary>Makes a batch of datagrams.</summary>
    DatagramBatch CreateBatch();

    /// <summary>Binds a new socket to its place, with the options of its entry; those of a unix socket are applied later.</summary>
    /// <param name="place">The place.</param>
    /// <param name="sharesPort">Whether another socket may be bound to an overlapping address.</param>
    /// <exception cref="SocketException">A call failed.</exception>
    /// <exception cref="CallException">A call failed; EADDRINUSE also where the path of a unix socket is no socket.</exception>
    Socket Bind(SocketPlace place, bool sharesPort);

    /// <summary>Sets the options of an entry.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="port">The entry.</param>
    /// <param name="before">The entry whose options it has; null: those of a new socket.</param>
    /// <exception cref="SocketException">A call failed.</exception>
    void Apply(Socket socket, Port port, Port? before = null);

    /// <summary>Joins the multicast group of a place, if it is one.</summary>
    /// <exception cref="SocketException">A call failed.</exception>
    /// <exception cref="CallException">A call failed.</exception>
    void JoinGroup(Socket socket, SocketPlace place);

    /// <summary>Allows a socket on an overlapping address to be bound, or ends that.</summary>
    /// <exception cref="SocketException">A call failed.</exception>
    void SharePort(Socket socket, bool share);

    /// <summary>Locks a filter on a socket that another process has bound, unless one is locked already.</summary>
    /// <returns>The filter that is locked on it; null: none.</returns>
    SocketFilter? Lock(Socket socket, SocketFilter? filter);

    /// <summary>The file of a unix socket; null for any other, and where there is none.</summary>
    ISocketFile? FileOf(SocketPlace place);

    /// <summary>The number of the network interface of a socket's address; 0 where it has none.</summary>
    uint InterfaceOf(Socket socket);

    /// <summary>The family of a socket's address, also where the runtime does not know it.</summary>
    AddressFamily FamilyOf(Socket socket);

    /// <summary>Makes accepting on a listener return at once where no client waits.</summary>
    void SetNonBlocking(Socket listener);

    /// <summary>Accepts a client, and does not wait for one.</summary>
    /// <param name="listener">The listener, after <see cref="SetNonBlocking"/>.</param>
    /// <param name="family">The family of its address.</param>
    /// <param name="priority">The priority of what the connection sends; null: the usual one.</param>
    /// <param name="errno">Why there is none: EAGAIN where no client waits.</param>
    StreamSocket? Accept(SafeHandle listener, AddressFamily family, int? priority, out Errno errno);

    /// <summary>How many clients wait on a socket; null: the system does not report it, as for a socket of datagrams.</summary>
    int? WaitingOn(BoundSocket socket);

    /// <summary>How many clients wait on a listener, those that have reset their connection included; null: not reported.</summary>
    int? PendingOn(Socket listener);

    /// <summary>
    /// Datagrams for which the queue of a socket had no room, or connections for which the backlog had none; null where the system does not
    /// report it.
    /// </summary>
    long? DropsOf(Socket socket);

    /// <summary>Makes the system tell where each datagram was sent to, and clears what an earlier owner may have set.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    void PrepareDatagrams(Socket socket);

    /// <summary>Keeps new clients away from a listener that is about to be closed.</summary>
    /// <returns>Whether the system can; otherwise a client that connects in the last moment is reset.</returns>
    bool KeepAway(Socket listener);

    /// <summary>Whether handshakes with a listener have begun and are not complete.</summary>
    bool HasHandshakes(IPEndPoint listener);

    /// <summary>Whether the host has an address now; true where the system does not report it.</summary>
    /// <param name="address">The address, a link-local one with the number of its interface.</param>
    /// <param name="device">The interface that the socket is bound to; null: none.</param>
    bool HasAddress(IPAddress address, string? device);

    /// <summary>Whether a socket may serve an address that the host does not have.</summary>
    bool IsForAbsentAddress(Socket socket);

    /// <summary>Whether the network interface that a socket is bound to is gone.</summary>
    bool IsDeviceGone(Socket socket);

    /// <summary>The error number of a failed call; it tells whether the process or the system has no descriptor left.</summary>
    Errno ErrnoOf(SocketException failure);

    /// <summary>What has the port of a place, and what to do.</summary>
    string HolderOf(SocketPlace place);

    /// <summary>What to do about a socket that could not be bound, as a message says it; null: the reason says it.</summary>
    /// <param name="place">The place.</param>
    /// <param name="errno">The reason.</param>
    string? RemedyOf(SocketPlace place, Errno errno);

    /// <summary>Reports when the host has got an address or a network interface; null where the system does not.</summary>
    /// <exception cref="CallException">The system does not allow it.</exception>
    INetworkChanges? WatchNetwork(EventLoop loop, Action changed);
}
