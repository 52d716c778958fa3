using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <content>Connections of MPTCP, each of which is a socket of its own and one TCP connection for each path.</content>
/// <remarks>
/// The kernel finds the socket by its token (mptcp_diag_dump_one in net/mptcp/mptcp_diag.c), and its paths are the TCP connections with
/// the same inode.
/// </remarks>
public static partial class SocketDiagnosis
{
    // A cookie is a counter from one on, which does not reach this bit; a token has 32 bits.
    private const ulong TokenMark = 1UL << 62;

    // struct mptcp_info of linux/mptcp.h. What follows the token is there since Linux 6.5, and the times since 6.10.
    internal const int OffsetOfToken = 12;
    private const int OffsetOfSent = 56;
    private const int OffsetOfReceived = 64;
    private const int OffsetOfLastSent = 84;
    private const int OffsetOfLastReceived = 88;
    private const int SizeOfMultipathInfo = 96;

    /// <summary>What to ask for a connection with later, when this process has no descriptor of it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isMultipath">Whether it is one of MPTCP.</param>
    /// <returns>Null where the system does not report it.</returns>
    public static ulong? NameOf(SafeHandle connection, bool isMultipath)
    {
        if (!isMultipath)
        {
            return SocketCookie.Of(connection);
        }

        Span<byte> info = stackalloc byte[SizeOfMultipathInfo];
        return SocketValue.Read(connection, Libc.SOL_MPTCP, Libc.MPTCP_INFO, info) >= OffsetOfToken + sizeof(uint)
            ? TokenMark | BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfToken..])
            : null;
    }

    private static unsafe TcpInfo? AskMultipath(IPEndPoint local, IPEndPoint peer, ulong name)
    {
        if (FindMultipath(local, peer, name, out var info) is not (var inode, var state))
        {
            return null;
        }

        // The first path has the times of the connection, as long as it is there.
        var first = default(TcpInfo?);
        _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, One(Unmapped(local), Unmapped(peer), AnyCookie), message =>
        {
            if (MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one) && one.idiag_inode == inode)
            {
                first = TcpInfoReader.From(Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_INFO));
            }
        });
        var path = first ?? new TcpInfo(state, TimeSpan.Zero, 0, 0, 0, TimeSpan.Zero);
        return info.Length < SizeOfMultipathInfo ? path with { State = state } : path with
        {
            State = state,
            Received = BinaryPrimitives.ReadInt64LittleEndian(info.AsSpan(OffsetOfReceived)),
            Sent = BinaryPrimitives.ReadInt64LittleEndian(info.AsSpan(OffsetOfSent)),
            Idle = TimeSpan.FromMilliseconds(Math.Min(
                BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(OffsetOfLastSent)),
                BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(OffsetOfLastReceived)))),
        };
    }

    /// <summary>
    /// Aborts a connection that a process has: the peer sees a reset. The kernel has no SOCK_DESTROY for it, and the peer keeps a
    /// connection that has lost its last path; so its socket is taken from the process (pidfd_getfd(2)) and disconnected, which sends
    /// MP_FASTCLOSE (RFC 8684, 3.5). Another connection is aborted as by <see cref="Destroy(IPEndPoint, IPEndPoint, ulong)"/>.
    /// </summary>
    /// <param name="local">The address and port on this host.</param>
    /// <param name="peer">The address and port of the peer.</param>
    /// <param name="name">What <see cref="NameOf"/> said while the socket was ours.</param>
    /// <param name="holder">The process.</param>
    /// <returns>Null when it was done; else why not: ENOENT when the connection is gone, or the process has not got it.</returns>
    public static Errno? Abort(IPEndPoint local, IPEndPoint peer, ulong name, ChildProcess holder)
    {
        if (!IsMultipath(name))
        {
            return Destroy(local, peer, name);
        }

        if (FindMultipath(local, peer, name, out _) is not ( > 0 and var inode, _))
        {
            return Errno.ENOENT;
        }

        using var socket = holder.CopyOf($"socket:[{inode}]");
        if (socket is null)
        {
            return Errno.ENOENT;
        }

        SharedSocket.Disconnect(socket);
        return null;
    }

    /// <summary>The inode and the state of a connection; null where it is gone, or the system does not report it.</summary>
    private static (uint Inode, int State)? FindMultipath(IPEndPoint local, IPEndPoint peer, ulong name, out byte[] info)
    {
        (uint, int)? found = null;
        byte[] bytes = [];
        _ = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, Multipath(local, peer, name), message =>
        {
            if (MemoryMarshal.TryRead<Libc.InetDiagMessage>(message, out var one)
                && Connection(one) is var connection
                && connection.Local.Port == local.Port
                && connection.Peer.Port == peer.Port)
            {
                found = (one.idiag_inode, one.idiag_state);
                bytes = Netlink.Attribute(message[Marshal.SizeOf<Libc.InetDiagMessage>()..], Libc.INET_DIAG_INFO).ToArray();
            }
        });
        info = bytes;
        return found;
    }

    private static MultipathRequest Multipath(IPEndPoint local, IPEndPoint peer, ulong name) =>
        Multipath(One(local, peer, name & ~TokenMark));

    private static Errno? AskForList(bool isMultipath, in Libc.InetDiagRequest request, Netlink.Reader read) => isMultipath
        ? Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, Multipath(request), read)
        : Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, request, read);

    /// <summary>Whether a TCP connection is a path of one of MPTCP.</summary>
    private static unsafe bool IsPath(ReadOnlySpan<byte> message) =>
        !Netlink.Attribute(message[sizeof(Libc.InetDiagMessage)..], Libc.INET_DIAG_ULP_INFO).IsEmpty;

    // The number of the protocol does not fit into the byte of the request (linux/inet_diag.h).
    private static unsafe MultipathRequest Multipath(Libc.InetDiagRequest request)
    {
        request.sdiag_protocol = Libc.IPPROTO_RAW;
        return new MultipathRequest
        {
            Request = request,
            Header = new Libc.NetlinkAttribute
            {
                nla_len = (ushort)(sizeof(Libc.NetlinkAttribute) + sizeof(uint)),
                nla_type = Libc.INET_DIAG_REQ_PROTOCOL,
            },
            Protocol = Libc.IPPROTO_MPTCP,
        };
    }

    private static bool IsMultipath(ulong name) => name >> 32 == TokenMark >> 32;

    [StructLayout(LayoutKind.Sequential)]
    private struct MultipathRequest
    {
        public Libc.InetDiagRequest Request;
        public Libc.NetlinkAttribute Header;
        public uint Protocol;
    }
}
