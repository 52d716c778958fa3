using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>A TCP connection that the daemon has no descriptor of, as the kernel sees it (sock_diag(7)).</summary>
/// <param name="State">The state, as tcp_states.h numbers it.</param>
/// <param name="RoundTripTime">The smoothed round-trip time.</param>
/// <param name="BytesReceived">Bytes received.</param>
/// <param name="BytesSent">Bytes sent that the peer has acknowledged.</param>
public sealed record DiagnosedConnection(int State, TimeSpan RoundTripTime, long BytesReceived, long BytesSent);

/// <summary>Asks the kernel about connections by their four numbers (sock_diag(7), NETLINK_SOCK_DIAG).</summary>
public static class SocketDiagnosis
{
    internal const int SizeOfRequest = 72;
    internal const int SizeOfMessage = 72;
    internal const int OffsetOfBytesAcked = 120;
    internal const int OffsetOfBytesReceived = 128;
    internal const int SizeOfHeader = 16;
    internal const int INET_DIAG_INFO = 2;
    internal const ushort SOCK_DIAG_BY_FAMILY = 20;
    internal const ushort SOCK_DESTROY = 21;
    private const ushort NLMSG_ERROR = 2;
    private const ushort NLMSG_DONE = 3;
    private const ushort NLM_F_REQUEST = 1;
    private const ushort NLM_F_ACK = 4;
    private const ushort NLM_F_DUMP = 0x300;
    private const int SynReceived = 3;

    /// <summary>Finds a connection.</summary>
    /// <param name="local">The daemon's end.</param>
    /// <param name="peer">The client's end.</param>
    /// <param name="cookie">What <see cref="InheritedSocket.CookieOf"/> said of it.</param>
    /// <returns>Null where it is gone or the system does not tell.</returns>
    public static DiagnosedConnection? Find(IPEndPoint local, IPEndPoint peer, ulong cookie)
    {
        DiagnosedConnection? found = null;
        Ask(Request(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, local, peer, cookie, 0xFFF), message => found ??= Read(message));
        return found;
    }

    /// <summary>Resets a connection, whoever has it. Needs CAP_NET_ADMIN and a kernel that can (CONFIG_INET_DIAG_DESTROY).</summary>
    /// <returns>Whether it was reset.</returns>
    public static bool Destroy(IPEndPoint local, IPEndPoint peer, ulong cookie) =>
        Ask(Request(SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, local, peer, cookie, 0xFFF), _ => { });

    /// <summary>How many handshakes have begun on a listener and are not done.</summary>
    public static int CountHandshakes(Socket listener)
    {
        if (listener.LocalEndPoint is not IPEndPoint local)
        {
            return 0;
        }

        var count = 0;
        var request = Request(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, local, new IPEndPoint(local.Address, 0), 0, 1 << SynReceived);
        Ask(request, message =>
        {
            // struct inet_diag_msg: family, state, timer, retrans, then source port in network order, destination port, source address.
            count += BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(4)) == local.Port && Covers(local.Address, message) ? 1 : 0;
        });
        return count;
    }

    private static bool Covers(IPAddress listening, byte[] message) =>
        IPAddress.Any.Equals(listening) || IPAddress.IPv6Any.Equals(listening)
        || message.AsSpan(8, listening.AddressFamily == AddressFamily.InterNetwork ? 4 : 16).SequenceEqual(listening.GetAddressBytes());

    private static DiagnosedConnection? Read(byte[] message)
    {
        for (var at = SizeOfMessage; at + 4 <= message.Length;)
        {
            var (length, type) = (MemoryMarshal.Read<ushort>(message.AsSpan(at)), MemoryMarshal.Read<ushort>(message.AsSpan(at + 2)));
            if (length < 4 || at + length > message.Length)
            {
                break;
            }

            if (type == INET_DIAG_INFO && length >= 4 + OffsetOfBytesReceived + sizeof(long))
            {
                var info = message.AsSpan(at + 4, length - 4);
                return new DiagnosedConnection(
                    info[0],
                    TimeSpan.FromMicroseconds(MemoryMarshal.Read<uint>(info[TcpInfo.OffsetOfRtt..])),
                    MemoryMarshal.Read<long>(info[OffsetOfBytesReceived..]),
                    MemoryMarshal.Read<long>(info[OffsetOfBytesAcked..]));
            }

            at += (length + 3) & ~3;
        }

        return null;
    }

    /// <summary>struct nlmsghdr, struct inet_diag_req_v2 (linux/inet_diag.h).</summary>
    private static byte[] Request(ushort type, int flags, IPEndPoint local, IPEndPoint peer, ulong cookie, uint states)
    {
        var request = new byte[SizeOfRequest];
        var span = request.AsSpan();
        MemoryMarshal.Write(span, SizeOfRequest);
        MemoryMarshal.Write(span[4..], type);
        MemoryMarshal.Write(span[6..], (ushort)flags);
        var body = span[SizeOfHeader..];
        body[0] = local.AddressFamily == AddressFamily.InterNetwork ? (byte)Libc.AF_INET : (byte)Libc.AF_INET6;
        body[1] = TcpInfo.IPPROTO_TCP;
        body[2] = 1 << (INET_DIAG_INFO - 1);
        MemoryMarshal.Write(body[4..], states);
        BinaryPrimitives.WriteUInt16BigEndian(body[8..], (ushort)local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[10..], (ushort)peer.Port);
        local.Address.TryWriteBytes(body[12..], out _);
        peer.Address.TryWriteBytes(body[28..], out _);

        // Without a cookie all bits are set (INET_DIAG_NOCOOKIE).
        MemoryMarshal.Write(body[48..], cookie == 0 ? ulong.MaxValue : cookie);
        return request;
    }

    /// <summary>Sends a request and reads all of the answer.</summary>
    /// <returns>Whether the kernel did what was asked.</returns>
    private static unsafe bool Ask(byte[] request, Action<byte[]> take)
    {
        var fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, Libc.NETLINK_SOCK_DIAG);
        if (fd < 0)
        {
            return false;
        }

        using var socket = new Descriptor(fd);
        var isDump = (MemoryMarshal.Read<ushort>(request.AsSpan(6)) & NLM_F_DUMP) == NLM_F_DUMP;
        var buffer = new byte[32 * 1024];
        fixed (byte* sent = request, received = buffer)
        {
            if (Libc.send(socket, sent, request.Length, Libc.MSG_NOSIGNAL) < 0)
            {
                return false;
            }

            // The kernel answers before send returns; it never has to be waited for.
            while (Libc.recv(socket, received, buffer.Length, Libc.MSG_DONTWAIT) is > 0 and var count)
            {
                for (var at = 0; at + SizeOfHeader <= count;)
                {
                    var length = MemoryMarshal.Read<int>(buffer.AsSpan(at));
                    var type = MemoryMarshal.Read<ushort>(buffer.AsSpan(at + 4));
                    if (length < SizeOfHeader || at + length > count || type == NLMSG_DONE)
                    {
                        return type == NLMSG_DONE;
                    }

                    if (type == NLMSG_ERROR)
                    {
                        return MemoryMarshal.Read<int>(buffer.AsSpan(at + SizeOfHeader)) == 0;
                    }

                    if (length >= SizeOfHeader + SizeOfMessage)
                    {
                        take(buffer[(at + SizeOfHeader)..(at + length)]);
                    }

                    at += (length + 3) & ~3;
                }

                if (!isDump)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
