using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>The place of one socket of the map: a bare port of <c>[ports]</c> has two.</summary>
/// <param name="Port">The entry of the map.</param>
/// <param name="Address">The IP address, a link-local one without its interface; null for another kind of socket.</param>
internal sealed record SocketPlace(Port Port, IPAddress? Address)
{
    /// <summary>The address for log and messages: the entry's, unless a service manager has passed a socket by the entry's name.</summary>
    public string Local { get; init; } = (Port.Key with { Address = Address }).Socket;

    /// <summary>The network interface of a link-local address.</summary>
    public string? Zone { get; init; } = Port.Key.Zone;

    /// <summary>Whether a service manager has chosen the address.</summary>
    public bool IsNamed { get; init; }

    /// <summary>Identifies the socket, also across two maps, by transport and address.</summary>
    public string Id => $"{Transport} {Local}";

    /// <summary>What the sockets have in common that log and messages name together: those of one entry on one address.</summary>
    public string Row => Port.IsOneOfSeveral ? $"{Port.Entry} {Address}" : Id;

    /// <summary>The addresses of places of one <see cref="Row"/> for log and messages.</summary>
    public static string TextOf(IReadOnlyCollection<SocketPlace> row)
    {
        var first = row.First();
        return row.Count == 1 ? first.Local
            : (first.Port.Key with { Address = first.Address }).SocketWith(PortNumbers.Text(row.Select(place => place.Port.Key.Number)));
    }

    /// <summary>The word of the transport.</summary>
    public string Transport => Port.Key.Transport.Word;

    /// <summary>The name of the protocol, for the records of what arrives.</summary>
    public string Protocol => Port.Key.Transport.ProtocolName;

    /// <summary>
    /// Whether both have the same port number on overlapping addresses, which bind(2) allows only with SO_REUSEPORT on both.
    /// </summary>
    public bool Overlaps(SocketPlace other) => Overlaps(other.Port.Key.Transport, other.Address, other.Port.Key.Number);

    /// <summary>Whether another socket of that transport, address and port number overlaps.</summary>
    public bool Overlaps(Transport transport, IPAddress? address, uint number) =>
        Address is not null && Address.AddressFamily == address?.AddressFamily && Port.Key.Number == number
        && Port.Key.Transport.SharesPortsWith(transport)
        && (HostAddress.IsEvery(Address) != HostAddress.IsEvery(address)
            || (Port.Key.Transport != transport && Address.Equals(address)));

    /// <summary>The address with the present number of its interface, 0 where there is no interface of the name.</summary>
    public IPAddress Scoped(INames names) =>
        Zone is null ? Address! : new IPAddress(Address!.GetAddressBytes(), names.InterfaceOf(Zone));
}
