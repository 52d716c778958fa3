using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config;

/// <summary>
/// A socket of the map: address, port and transport. <see cref="Text"/> is its one normal form, <c>7/tcp</c>, <c>192.0.2.1:21/tcp</c>,
/// <c>[2001:db8::1]:21/tcp</c>, <c>1/raw</c>, <c>/run/demo.sock</c>, <c>@demo</c>, <c>vsock:7001</c> or <c>vsock:3:7001</c>, however it
/// was spelt.
/// </summary>
public sealed record PortKey
{
    /// <summary>The kind of the socket.</summary>
    public required Transport Transport { get; init; }

    /// <summary>
    /// The IP address to listen on; null: every address, IPv4 and IPv6 as two sockets, or none for other kinds. Never v4-mapped.
    /// </summary>
    public IPAddress? Address { get; init; }

    /// <summary>
    /// The network interface of a link-local address or multicast group, by its name; in digits where the map has a number that no
    /// interface has now. It is looked up when the socket is bound, since it may be created later or again. Null for every other address.
    /// </summary>
    public string? Zone { get; init; }

    /// <summary>
    /// The port, 1 to 65535, of vsock(7) to 4294967294; of a raw socket the protocol, 1 to 255, which the system also reports as its port;
    /// 0 for unix sockets.
    /// </summary>
    public uint Number { get; init; }

    /// <summary>The path of a unix socket, or <c>@name</c> of an abstract one (unix(7)); null for others.</summary>
    public string? Path { get; init; }

    /// <summary>The context identifier of a socket of vsock(7); null: every one of this host, or none for other kinds.</summary>
    public uint? Cid { get; init; }

    /// <summary>Whether it is on every address of IPv4 and IPv6.</summary>
    public bool IsBarePort => Transport.IsIp && Address is null;

    /// <summary>The addresses of its sockets: several where it is on every address; none of a unix socket.</summary>
    public IReadOnlyList<IPAddress> Addresses => Address is not null ? [Address]
        : !Transport.IsIp ? []
        : Transport.IsRaw && RawProtocol.FamilyOf((int)Number) is { } family ? [HostAddress.EveryOf(family)]
        : HostAddress.Every;

    /// <summary>Whether it has a socket of IPv6.</summary>
    public bool HasIPv6 => Addresses.Any(address => address.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>The protocol for socket(2).</summary>
    public ProtocolType Protocol => Transport.IsRaw ? (ProtocolType)(int)Number : Transport.Protocol;

    /// <summary>Whether the address is that of a multicast group, which the socket joins.</summary>
    public bool IsGroup => Address is not null && HostAddress.IsGroup(Address);

    /// <summary>Whether other hosts can reach it, as far as the address tells.</summary>
    public bool IsPublic => Transport.Family switch
    {
        TransportFamily.Ip => Address is null || !IPAddress.IsLoopback(Address),
        TransportFamily.Unix => false,
        TransportFamily.Vsock => Cid != VsockAddress.LocalCid,
        var family => throw Transports.Unknown(family),
    };

    /// <summary>The normal form.</summary>
    public string Text => TextWith(Digits);

    /// <summary>The address and port; only for a key that has an address or is no IP socket.</summary>
    public string Socket => SocketWith(Digits);

    /// <summary>The normal form of an entry that has this socket and others, which differ in the port only.</summary>
    /// <param name="ports">The ports as <see cref="PortNumbers"/> writes them.</param>
    public string TextWith(string ports) =>
        !Transport.IsIp ? SocketWith(ports)
        : Address is null ? $"{ports}/{Transport.Word}"
        : $"{SocketWith(ports)}/{Transport.Word}";

    /// <summary>The address with several ports; only for a key that has an address or is no IP socket.</summary>
    /// <param name="ports">The ports as <see cref="PortNumbers"/> writes them.</param>
    public string SocketWith(string ports) =>
        Path ?? (Transport.IsVsock ? $"{Transport.Word}:{(Cid is { } cid ? $"{cid.ToString(CultureInfo.InvariantCulture)}:" : "")}{ports}"
        : Zone is not null ? $"[{Address}%{Zone}]:{ports}"
        : Address!.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Address}]:{ports}"
        : $"{Address}:{ports}");

    private string Digits => Number.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
