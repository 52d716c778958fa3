using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>A client as the gates see it. IPv4 is never v4-mapped.</summary>
internal readonly struct Peer
{
    private Peer(AddressFamily family, UInt128 address, bool isLocal) => (Family, Address, IsLocal) = (family, address, isLocal);

    /// <summary>IPv4, IPv6, unix or vsock.</summary>
    public AddressFamily Family { get; }

    /// <summary>Whether it is a user, and not an address.</summary>
    public bool IsUnix => Family.IsUnix;

    /// <summary>Whether it is a context of vsock(7), and not an address.</summary>
    public bool IsVsock => Family == Families.Vsock;

    /// <summary>The address; for a unix peer the user, for one of vsock(7) the context identifier.</summary>
    public UInt128 Address { get; }

    /// <summary>Whether it is on this host, as its address tells.</summary>
    public bool IsLocal { get; }

    /// <summary>The user of a unix peer; null where it is none or the system does not report it.</summary>
    public uint? UserId { get; private init; }

    /// <summary>The groups of a unix peer.</summary>
    public ImmutableArray<uint> GroupIds { get; private init; }

    /// <summary>A peer by its address.</summary>
    public static Peer Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out var length);
        var isMapped = length == 16 && address.IsIPv4MappedToIPv6;
        return length == 4 || isMapped
            ? Of4(BinaryPrimitives.ReadUInt32BigEndian(isMapped ? bytes[12..] : bytes))
            : new Peer(AddressFamily.InterNetworkV6, BinaryPrimitives.ReadUInt128BigEndian(bytes), IPAddress.IsLoopback(address));
    }

    /// <summary>A peer of vsock(7), by its context identifier.</summary>
    public static Peer Of(uint cid) => new(Families.Vsock, cid, isLocal: cid == VsockAddress.LocalCid);

    /// <summary>The client of a connection.</summary>
    /// <param name="record">Its record.</param>
    /// <param name="socket">The connection; the system tells the groups of a unix peer. Null: it is not accepted yet.</param>
    /// <param name="withGroups">Whether a rule needs them.</param>
    public static Peer Of(ConnectionRecord record, StreamSocket? socket, bool withGroups) => Of(
        record.Peer, record.Credentials?.Uid, withGroups && record.Credentials is not null ? socket?.PeerGroups() ?? [] : []);

    /// <summary>A peer by its end of the connection; of a unix socket by its user.</summary>
    /// <param name="end">Its end.</param>
    /// <param name="userId">The user of a unix peer; null where the system does not report it.</param>
    /// <param name="groupIds">The groups of a unix peer, where a rule needs them.</param>
    public static Peer Of(EndPoint? end, uint? userId, ImmutableArray<uint> groupIds) => end switch
    {
        IPEndPoint ip => Of(ip.Address),
        VsockEndPoint vsock => Of(vsock.Cid),
        null or UnixDomainSocketEndPoint => Of(userId, groupIds),
        { AddressFamily: var family } => throw Families.Unknown(family),
    };

    /// <summary>
    /// Whether it has an address that no host has: 0/8, multicast, 240/4 with the broadcast address (RFC 1122, 3.2.1.3; RFC 5735), of IPv6
    /// multicast and the unspecified one (RFC 4291, 2.7 and 2.5.2).
    /// </summary>
    public bool HasImpossibleAddress => Family switch
    {
        AddressFamily.InterNetwork => (uint)Address >> 24 is 0 or >= 224,
        AddressFamily.InterNetworkV6 => Address == 0 || Address >> 120 == 0xFF,
        AddressFamily.Unix or Families.Vsock => false,
        _ => throw Families.Unknown(Family),
    };

    /// <summary>The sender of a datagram.</summary>
    public static Peer Of(in DatagramArrival arrival) => arrival.Family switch
    {
        AddressFamily.InterNetwork => Of4((uint)arrival.Remote),
        AddressFamily.InterNetworkV6 => new Peer(arrival.Family, arrival.Remote, arrival.Remote == UInt128.One),
        AddressFamily.Unix => Of(userId: null, []),
        _ => throw Families.Unknown(arrival.Family),
    };

    /// <summary>
    /// A peer in the words of its record: <c>192.0.2.1:4000</c>, <c>uid:0 pid:5</c>, <c>vsock:3:4000</c>; null where it has none.
    /// </summary>
    public static Peer? Parse(string name) => IPEndPoint.TryParse(name, out var end) ? Of(end.Address)
        : name.StartsWith("uid:", StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(4, Math.Max(0, name.IndexOf(' ') - 4)), out var user)
            ? Of(user, [])
        : name.Split(':') is ["vsock", var cid, _] && uint.TryParse(cid, out var context) ? Of(context)
        : null;

    /// <summary>A peer of a unix socket.</summary>
    /// <param name="userId">Its user; null where the system does not report it.</param>
    /// <param name="groupIds">Its groups, where a rule needs them.</param>
    public static Peer Of(uint? userId, ImmutableArray<uint> groupIds) =>
        new(AddressFamily.Unix, userId ?? UInt128.MaxValue, isLocal: true) { UserId = userId, GroupIds = groupIds };

    /// <summary>The source that it belongs to.</summary>
    public Source SourceBy(SourcePrefix prefix)
    {
        var source = new Source(Family, Address, IsLocal);
        return Family.IsIp ? source.Around(prefix.IPv4, prefix.IPv6) : source;
    }

    // 127.0.0.0/8 (RFC 1122, 3.2.1.3).
    private static Peer Of4(uint address) => new(AddressFamily.InterNetwork, address, address >> 24 == 127);
}

/// <summary>The unit that per-source limits count: an address, the network around it, a user, or a context of vsock(7).</summary>
internal readonly record struct Source
{
    // Not as one number: the alignment of UInt128 would double what every connection and every table of sources holds.
    private readonly ulong _high;
    private readonly ulong _low;

    /// <param name="family">IPv4, IPv6, unix or vsock; none for networks that mix them.</param>
    /// <param name="address">The address, its lower bits 0 for a network; of a unix peer the user, of one of vsock(7) the context.</param>
    /// <param name="isLocal">Whether it is on this host.</param>
    public Source(AddressFamily family, UInt128 address, bool isLocal = false) => (Family, Address, IsLocal) = (family, address, isLocal);

    /// <summary>IPv4, IPv6, unix or vsock; none for networks that mix them.</summary>
    public AddressFamily Family { get; }

    /// <summary>The address, its lower bits 0 for a network; of a unix peer the user, of one of vsock(7) the context.</summary>
    public UInt128 Address
    {
        get => new(_high, _low);
        private init => (_high, _low) = ((ulong)(value >> 64), (ulong)value);
    }

    /// <summary>Whether it is on this host.</summary>
    public bool IsLocal { get; }

    // Subordinate users come in blocks of that many (SUB_UID_COUNT in login.defs(5)): a user may be all users of a block of its own.
    private const int BitsOfUsers = 16;

    /// <summary>
    /// The network around it, of so many bits; of a user those that it may become; a context of vsock(7) is a network of its own.
    /// </summary>
    public Source Around(int ipv4, int ipv6)
    {
        var bits = Family switch
        {
            AddressFamily.InterNetwork => 32 - ipv4,
            AddressFamily.InterNetworkV6 => 128 - ipv6,
            AddressFamily.Unix or AddressFamily.Unspecified => BitsOfUsers,
            Families.Vsock => 0,
            _ => throw Families.Unknown(Family),
        };
        return this with { Address = Address >> bits << bits };
    }
}
