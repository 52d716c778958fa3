using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// TCP connections of which this process has no descriptor: those of its children, and those that wait to be accepted (sock_diag(7), of the
/// network namespace that the process is in).
/// </summary>
public static partial class SocketDiagnosis
{
    /// <summary>The state of a connection, found by its four numbers and its cookie.</summary>
    /// <param name="local">The address and port on this host.</param>
    /// <param name="peer">The address and port of the peer.</param>
    /// <param name="cookie">What <see cref="NameOf"/> said while the socket was ours.</param>
    /// <returns>Null when the connection is gone (closed, and all data sent), or the system does not report it.</returns>
    public static unsafe TcpInfo? Ask(IPEndPoint local, IPEndPoint peer, ulong cookie)
    {
        if (IsMultipath(cookie))
        {
            return AskMultipath(local, peer, cookie);
        }

        TcpInfo? info = null;
        var failure = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, One(local, peer, cookie), message =>
        {
            if (message.Length >= sizeof(Libc.InetDiagMessage))
            {
                info = TcpInfoReader.From(Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_INFO));
            }
        });
        return failure is null ? info : null;
    }

    /// <summary>Whether a connection is gone: no data can be sent or received, whichever processes have descriptors of it.</summary>
    /// <inheritdoc cref="Ask"/>
    /// <returns>False where the system does not report it.</returns>
    public static bool IsGone(IPEndPoint local, IPEndPoint peer, ulong cookie) =>
        (IsMultipath(cookie)
            ? Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, Multipath(local, peer, cookie), _ => { })
            : Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, One(local, peer, cookie), _ => { })) == Errno.ENOENT;

    /// <summary>
    /// Whether a listener takes signed segments only from some clients (tcp(7), TCP_MD5SIG). Needs CAP_NET_ADMIN; false where the system
    /// does not report it.
    /// </summary>
    /// <param name="listener">The address and port of the listener.</param>
    /// <param name="cookie">What <see cref="SocketCookie"/> says of it.</param>
    public static unsafe bool HasKeys(IPEndPoint listener, ulong cookie)
    {
        var hasKeys = false;
        var nowhere = new IPEndPoint(HostAddress.EveryOf(listener.AddressFamily), 0);
        _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, One(listener, nowhere, cookie), message =>
            hasKeys |= message.Length >= sizeof(Libc.InetDiagMessage)
                && !Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_MD5SIG).IsEmpty);
        return hasKeys;
    }

    /// <summary>Whether shutdown(2) was called on a datagram socket, in any direction; false where the system does not report it.</summary>
    /// <param name="protocol">The protocol of the socket.</param>
    /// <param name="local">The address and port of the socket.</param>
    /// <param name="cookie">What <see cref="SocketCookie"/> says of it.</param>
    public static unsafe bool IsShutDown(ProtocolType protocol, IPEndPoint local, ulong cookie)
    {
        var isShutDown = false;
        _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, Sockets(Family(local), protocol, local.Port), message =>
            isShutDown |= MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one) && Connection(one).Cookie == cookie
                && Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_SHUTDOWN) is [not 0, ..]);
        return isShutDown;
    }

    /// <summary>How many bytes of memory the waiting datagrams of a socket take; 0 where the system does not report it.</summary>
    /// <inheritdoc cref="IsShutDown" path="/param"/>
    public static long Queued(ProtocolType protocol, IPEndPoint local, ulong cookie)
    {
        var bytes = 0L;
        _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, Sockets(Family(local), protocol, local.Port), message =>
        {
            if (MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one) && Connection(one).Cookie == cookie)
            {
                bytes = one.idiag_rqueue;
            }
        });
        return bytes;
    }

    /// <summary>
    /// Aborts a connection, whichever processes have descriptors of it: the peer sees a reset, those processes see ECONNABORTED
    /// (SOCK_DESTROY). Needs CAP_NET_ADMIN.
    /// </summary>
    /// <param name="local">The address and port on this host.</param>
    /// <param name="peer">The address and port of the peer.</param>
    /// <param name="cookie">What <see cref="SocketCookie"/> said while the socket was ours.</param>
    /// <returns>
    /// Null when it was done; else why not: ENOENT when the connection is gone, EPERM without the capability, EOPNOTSUPP where the
    /// kernel is built without CONFIG_INET_DIAG_DESTROY.
    /// </returns>
    public static Errno? Destroy(IPEndPoint local, IPEndPoint peer, ulong cookie) =>
        Netlink.Ask(Libc.SOCK_DESTROY, isList: false, One(local, peer, cookie), _ => { });

    /// <summary>
    /// The connections whose handshake has begun on a listener and is not complete: the client has sent its SYN, and not yet its ACK.
    /// </summary>
    /// <inheritdoc cref="Waiting"/>
    public static IReadOnlyList<DiagnosedConnection>? Handshakes(IPEndPoint listener) => List(listener, 1 << TcpInfoReader.SynReceived);

    /// <summary>
    /// The connections that wait on a listener to be accepted, whether or not the client has sent its FIN; not those that a client has
    /// reset.
    /// </summary>
    /// <remarks>
    /// They have no inode as long as no process has a descriptor of them; a closed one has no inode either, but another state. The kernel
    /// does not say which listener they belong to: where a wildcard and an address listen on one port, the list of the wildcard has those
    /// of both.
    /// </remarks>
    /// <param name="listener">The address and port of the listener: exactly this address, or every one for a wildcard.</param>
    /// <returns>Null where the system does not report it.</returns>
    public static IReadOnlyList<DiagnosedConnection>? Waiting(IPEndPoint listener) =>
        List(listener, (1 << TcpInfoReader.Established) | (1 << TcpInfoReader.CloseWait));

    /// <summary>
    /// Whether one of the connections that wait on a listener has a client that may still read: one that has not finished sending, one on
    /// another host, or one of this host that still has its socket. False where the system does not report it.
    /// </summary>
    /// <param name="listener">The address and port of the listener.</param>
    /// <param name="protocol">Its protocol.</param>
    public static bool HasClient(IPEndPoint listener, ProtocolType protocol) =>
        HasClient(listener, isMultipath: false) || (protocol == IpProtocols.Mptcp && HasClient(listener, isMultipath: true));

    // The paths of MPTCP stay established when the client has finished sending: only the connection itself tells.
    private static bool HasClient(IPEndPoint listener, bool isMultipath) =>
        List(listener, 1 << TcpInfoReader.Established, isMultipath: isMultipath, withPaths: false) is [_, ..]
        || (List(listener, 1 << TcpInfoReader.CloseWait, isMultipath: isMultipath, withPaths: false) is { } ended
            && (ended.Select(connection => connection.Peer.Address).Distinct().Any(peer => !AddressProbe.IsThere(peer))
                || HasReader(listener, ended, isMultipath)));

    /// <summary>Whether a process of this host has the client's end of one of the connections.</summary>
    private static bool HasReader(IPEndPoint listener, List<DiagnosedConnection> connections, bool isMultipath)
    {
        var (hasReader, peers) = (false, connections.Select(connection => Unmapped(connection.Peer)).ToHashSet());
        foreach (var family in new[] { Libc.AF_INET, Libc.AF_INET6 })
        {
            var request = new Libc.InetDiagRequest
            {
                sdiag_family = (byte)family,
                sdiag_protocol = Libc.IPPROTO_TCP,
                idiag_states = (1 << TcpInfoReader.FinWait1) | (1 << TcpInfoReader.FinWait2),
                id = new Libc.InetDiagId { idiag_dport = BinaryPrimitives.ReverseEndianness((ushort)listener.Port) },
            };
            _ = AskForList(isMultipath, request, message =>
                hasReader |= MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one)
                    && one.idiag_inode != 0
                    && peers.Contains(Unmapped(Connection(one).Local)));
        }

        return hasReader;
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPEndPoint Unmapped(IPEndPoint end) => new(Unmapped(end.Address), end.Port);

    private static Libc.InetDiagRequest Sockets(int family, ProtocolType protocol, int port) => new()
    {
        sdiag_family = (byte)family,
        sdiag_protocol = IpSockets.Listed(protocol),
        idiag_states = uint.MaxValue,
        id = new Libc.InetDiagId { idiag_sport = BinaryPrimitives.ReverseEndianness((ushort)port) },
    };

    private static unsafe List<DiagnosedConnection>? List(
        IPEndPoint listener, int states, bool isAccepted = false, bool isMultipath = false, bool withPaths = true)
    {
        var isWildcard = HostAddress.IsEvery(listener.Address);
        var request = new Libc.InetDiagRequest
        {
            sdiag_family = Family(listener),
            sdiag_protocol = Libc.IPPROTO_TCP,

            // The kernel marks a path as one only where struct tcp_info is asked for as well.
            idiag_ext = (byte)(withPaths ? 0 : 1 << (Libc.INET_DIAG_INFO - 1)),
            idiag_states = (uint)states,
            id = new Libc.InetDiagId { idiag_sport = BinaryPrimitives.ReverseEndianness((ushort)listener.Port) },
        };
        var wanted = listener.Address.GetAddressBytes();
        var found = new List<DiagnosedConnection>();
        var failure = AskForList(isMultipath, request, message =>
        {
            if (message.Length < sizeof(Libc.InetDiagMessage) || (!withPaths && IsPath(message)))
            {
                return;
            }

            var one = MemoryMarshal.Read<Libc.InetDiagMessage>(message);
            var isOnAddress = isWildcard || new ReadOnlySpan<byte>(one.id.idiag_src, wanted.Length).SequenceEqual(wanted);
            if (isOnAddress && one.idiag_inode != 0 == isAccepted)
            {
                found.Add(Connection(one));
            }
        });
        return failure is null ? found : null;
    }

    private static unsafe Libc.InetDiagRequest One(IPEndPoint local, IPEndPoint peer, ulong cookie)
    {
        var request = new Libc.InetDiagRequest
        {
            sdiag_family = Family(local),
            sdiag_protocol = Libc.IPPROTO_TCP,
            idiag_ext = 1 << (Libc.INET_DIAG_INFO - 1),
            id = new Libc.InetDiagId
            {
                idiag_sport = BinaryPrimitives.ReverseEndianness((ushort)local.Port),
                idiag_dport = BinaryPrimitives.ReverseEndianness((ushort)peer.Port),

                // A link-local address is looked up on its interface.
                idiag_if = local.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)local.Address.ScopeId : 0,
            },
        };
        _ = local.Address.TryWriteBytes(new Span<byte>(request.id.idiag_src, Libc.InetDiagId.AddressSize), out _);
        _ = peer.Address.TryWriteBytes(new Span<byte>(request.id.idiag_dst, Libc.InetDiagId.AddressSize), out _);
        request.id.idiag_cookie[0] = (uint)cookie;
        request.id.idiag_cookie[1] = (uint)(cookie >> 32);
        return request;
    }

    private static byte Family(IPEndPoint end) =>
        end.AddressFamily == AddressFamily.InterNetwork ? (byte)Libc.AF_INET : (byte)Libc.AF_INET6;

    private static unsafe DiagnosedConnection Connection(Libc.InetDiagMessage one)
    {
        var size = one.idiag_family == Libc.AF_INET ? 4 : Libc.InetDiagId.AddressSize;
        return new DiagnosedConnection(
            End(new ReadOnlySpan<byte>(one.id.idiag_src, size), one.id.idiag_sport, one.id.idiag_if),
            End(new ReadOnlySpan<byte>(one.id.idiag_dst, size), one.id.idiag_dport, one.id.idiag_if),
            ((ulong)one.id.idiag_cookie[1] << 32) | one.id.idiag_cookie[0]);
    }

    private static IPEndPoint End(ReadOnlySpan<byte> bytes, ushort port, uint device)
    {
        var address = new IPAddress(bytes);
        if (address.IsIPv6LinkLocal)
        {
            address.ScopeId = device;
        }

        return new IPEndPoint(address, BinaryPrimitives.ReverseEndianness(port));
    }
}

/// <summary>A TCP connection that the kernel lists.</summary>
/// <param name="Local">The address and port on this host.</param>
/// <param name="Peer">The address and port of the peer.</param>
/// <param name="Cookie">The number that tells it apart from every other one; the same from the handshake on.</param>
public sealed record DiagnosedConnection(IPEndPoint Local, IPEndPoint Peer, ulong Cookie);
