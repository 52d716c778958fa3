using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Datagrams that are received and answered many at a time (recvmmsg(2), sendmmsg(2)). For one thread.</summary>
/// <remarks>
/// Overview. Everything that the kernel reads and writes lies in one block outside the managed heap, so that no call has to pin memory and
/// no datagram allocates an object. Pages that no datagram has reached are not resident. An answer goes to the address from which the
/// datagram came, by the same bytes, and leaves from the address to which the datagram was sent (IP_PKTINFO in ip(7), IPV6_PKTINFO in
/// ipv6(7)): a socket on every address would otherwise answer from the address that the route prefers, which no client accepts. The route
/// chooses the interface, except for link-local addresses, which are meaningless without one.
/// </remarks>
public sealed unsafe partial class LinuxDatagramBatch : DatagramBatch
{
    // More than any UDP datagram has; a datagram of a unix socket may be longer.
    private const int Room = 65_536;
    private const int AnswerRoom = 4 * Room;

    // The address comes after the control messages of other options, such as SO_TIMESTAMP (sock_recv_cmsgs in net/socket.c).
    private const int ControlRoom = 256;

    // CMSG_SPACE(sizeof(struct in6_pktinfo)) of cmsg(3).
    private const int SourceRoom = 40;

    private readonly byte* _block;
    private readonly Libc.MultiMessage* _received;
    private readonly Libc.MultiMessage* _answers;
    private readonly Libc.Part* _answerParts;
    private readonly byte* _answerControls;
    private readonly byte* _answerData;
    private SafeHandle? _socket;

    /// <summary>Makes a batch; it takes 2.3 MiB of address space.</summary>
    public LinuxDatagramBatch()
    {
        var each = (2 * sizeof(Libc.MultiMessage)) + (2 * sizeof(Libc.Part)) + ControlRoom + SourceRoom + Libc.SizeOfAnyAddress + Room;
        var size = (Most * each) + AnswerRoom;
        _block = (byte*)NativeMemory.AllocZeroed((nuint)size);
        var next = _block;
        _received = (Libc.MultiMessage*)Take(Most * sizeof(Libc.MultiMessage));
        _answers = (Libc.MultiMessage*)Take(Most * sizeof(Libc.MultiMessage));
        var parts = (Libc.Part*)Take(Most * sizeof(Libc.Part));
        _answerParts = (Libc.Part*)Take(Most * sizeof(Libc.Part));
        var controls = Take(Most * ControlRoom);
        _answerControls = Take(Most * SourceRoom);
        var names = Take(Most * Libc.SizeOfAnyAddress);
        _answerData = Take(AnswerRoom);
        var data = Take(Most * Room);
        for (var i = 0; i < Most; i++)
        {
            parts[i] = new Libc.Part { iov_base = data + (i * Room), iov_len = Room };
            _received[i].msg_hdr = new Libc.MessageHeader
            {
                msg_name = names + (i * Libc.SizeOfAnyAddress),
                msg_iov = parts + i,
                msg_iovlen = 1,
                msg_control = controls + (i * ControlRoom),
            };
        }

        byte* Take(int bytes)
        {
            var taken = next;
            next += bytes;
            return taken;
        }
    }

    /// <summary>
    /// Makes the system tell where each datagram was sent to, and clears what an earlier owner of the socket may have set: IP_RECVERR,
    /// whose errors epoll(7) would report for ever, and SO_BROADCAST.
    /// </summary>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static void Prepare(Socket socket)
    {
        foreach (var (level, name, value) in Options(socket.AddressFamily))
        {
            Set(socket, level, name, value);
        }
    }

    /// <summary>The options that <see cref="Prepare"/> sets.</summary>
    internal static (int Level, int Name, int Value)[] Options(AddressFamily family) =>
    [
        (Libc.SOL_SOCKET, Libc.SO_BROADCAST, 0),
        .. family == AddressFamily.InterNetwork
            ? [(Libc.IPPROTO_IP, Libc.IP_PKTINFO, 1), (Libc.IPPROTO_IP, Libc.IP_RECVERR, 0)]
            : Array.Empty<(int, int, int)>(),
        .. family == AddressFamily.InterNetworkV6
            ? [(Libc.IPPROTO_IPV6, Libc.IPV6_RECVPKTINFO, 1), (Libc.IPPROTO_IPV6, Libc.IPV6_RECVERR, 0)]
            : Array.Empty<(int, int, int)>(),
    ];

    /// <inheritdoc/>
    public override Errno? Receive(SafeHandle socket, bool isUnix)
    {
        _socket = socket;
        Forbidden.Clear();
        for (var i = 0; i < Most; i++)
        {
            ref var message = ref _received[i].msg_hdr;
            (message.msg_namelen, message.msg_controllen, message.msg_flags) = (Libc.SizeOfAnyAddress, isUnix ? 0 : ControlRoom, 0);
        }

        while (true)
        {
            Count = Math.Max(0, Libc.recvmmsg(socket, _received, Most, Libc.MSG_DONTWAIT, null));
            if (Count > 0)
            {
                return null;
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                    continue;
                case Errno.EAGAIN:
                    return null;
                case var failure:
                    return failure;
            }
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Data(int index) => new(DataOf(index), (int)_received[index].msg_len);

    /// <inheritdoc/>
    public override bool IsTruncated(int index) => (_received[index].msg_hdr.msg_flags & Libc.MSG_TRUNC) != 0;

    /// <inheritdoc/>
    public override DatagramArrival Arrival(int index)
    {
        var name = Name(index);
        var (local, at, isForMany) = Destination(index);
        return name.Length < 2 ? new DatagramArrival(AddressFamily.Unix, 0, 0, 0, 0, false) : (int)MemoryMarshal.Read<ushort>(name) switch
        {
            Libc.AF_INET => new DatagramArrival(
                AddressFamily.InterNetwork, BinaryPrimitives.ReadUInt32BigEndian(name[4..]), Port(name), local, at, isForMany),
            Libc.AF_INET6 when IsMapped(BinaryPrimitives.ReadUInt128BigEndian(name[8..])) => new DatagramArrival(
                AddressFamily.InterNetwork, BinaryPrimitives.ReadUInt32BigEndian(name[20..]), Port(name), (uint)local, at, isForMany),
            Libc.AF_INET6 => new DatagramArrival(
                AddressFamily.InterNetworkV6, BinaryPrimitives.ReadUInt128BigEndian(name[8..]), Port(name), local, at, isForMany),
            _ => new DatagramArrival(AddressFamily.Unix, NumberOf(name), 0, 0, 0, false),
        };

        static int Port(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
    }

    /// <inheritdoc/>
    public override EndPoint? Remote(int index) => DatagramAddress.Of(SenderName(index));

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> SenderName(int index) => Name(index) is { Length: > sizeof(ushort) } name ? name : [];

    /// <inheritdoc/>
    public override IPAddress? Local(int index) => DatagramAddress.OfDestination(LocalBytes(index));

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> LocalBytes(int index)
    {
        var header = SentTo(index);
        return header is null ? []
            : header->cmsg_level == Libc.IPPROTO_IP ? new(&((Libc.PacketInfo*)(header + 1))->ipi_addr, SocketName.SizeOfAddress)
            : new(((Libc.PacketInfo6*)(header + 1))->ipi6_addr, SocketName.SizeOfAddress6);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        NativeMemory.Free(_block);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the block where <see cref="Dispose()"/> was not called.</summary>
    ~LinuxDatagramBatch() => NativeMemory.Free(_block);

    private static void Set(Socket socket, int level, int name, int value)
    {
        if (Libc.setsockopt(socket.SafeHandle, level, name, &value, sizeof(int)) < 0)
        {
            throw Libc.Failure("setsockopt", $"{level}, {name}");
        }
    }

    private static bool IsMapped(UInt128 address) => address >> 32 == 0xFFFF;

    /// <summary>
    /// Whether an IPv4 address is a multicast or the limited broadcast address; the broadcast address of a network does not show it.
    /// </summary>
    private static bool IsForMany(uint address) => address >> 28 == 0xE || address == uint.MaxValue;

    private static UInt128 NumberOf(ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.AddBytes(name);
        return (uint)hash.ToHashCode();
    }

    private byte* DataOf(int index) => (byte*)((Libc.Part*)_received[index].msg_hdr.msg_iov)->iov_base;

    private ReadOnlySpan<byte> Name(int index) => new(_received[index].msg_hdr.msg_name, (int)LengthOfName(index));

    /// <summary>
    /// For a path that fills struct sockaddr_un, the system returns one byte more, a NUL, and does not accept an address that is so long
    /// (unix(7)).
    /// </summary>
    private uint LengthOfName(int index) => Math.Min(_received[index].msg_hdr.msg_namelen, SocketName.SizeOfUnix);

    /// <summary>
    /// The address that a datagram was sent to, the interface on which it came, and whether the address is that of many hosts.
    /// </summary>
    private (UInt128 Address, int Interface, bool IsForMany) Destination(int index)
    {
        var header = SentTo(index);
        if (header is null)
        {
            return default;
        }

        if (header->cmsg_level == Libc.IPPROTO_IP)
        {
            // The address in the packet's header, and this host's address that it was accepted for: they differ for a packet to many hosts.
            // For a packet that came before Prepare, the system has noted neither the latter nor the interface (ipv4_pktinfo_prepare in
            // net/ipv4/ip_sockglue.c).
            var info = (Libc.PacketInfo*)(header + 1);
            var sentTo = BinaryPrimitives.ReverseEndianness(info->ipi_addr);
            return (sentTo, info->ipi_ifindex, info->ipi_spec_dst == 0 ? IsForMany(sentTo) : info->ipi_addr != info->ipi_spec_dst);
        }

        var info6 = (Libc.PacketInfo6*)(header + 1);
        var address = BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(info6->ipi6_addr, 16));
        return (address, info6->ipi6_ifindex, IsMapped(address) ? IsForMany((uint)address) : address >> 120 == 0xFF);
    }

    /// <summary>
    /// The control message that says where a datagram was sent to: a struct in_pktinfo or in6_pktinfo; null where there is none.
    /// </summary>
    private Libc.ControlHeader* SentTo(int index)
    {
        ref readonly var message = ref _received[index].msg_hdr;
        var next = (byte*)message.msg_control;
        for (var end = next + message.msg_controllen; end - next >= sizeof(Libc.ControlHeader);)
        {
            var header = (Libc.ControlHeader*)next;
            if ((header->cmsg_level, header->cmsg_type) is (Libc.IPPROTO_IP, Libc.IP_PKTINFO) or (Libc.IPPROTO_IPV6, Libc.IPV6_PKTINFO))
            {
                return header;
            }

            next += SpaceOf(header);
        }

        return null;
    }

    /// <summary>CMSG_SPACE of cmsg(3): the size of a control message with its padding.</summary>
    private static nint SpaceOf(Libc.ControlHeader* header) => (header->cmsg_len + 7) & ~7;
}
