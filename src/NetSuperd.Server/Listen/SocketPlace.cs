using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Where one socket of the map is: a bare port of <c>[ports]</c> is two of them.</summary>
/// <param name="Port">The entry of the map.</param>
/// <param name="Address">The address, a link-local one without its interface; null for a unix socket.</param>
internal sealed record SocketPlace(Port Port, IPAddress? Address)
{
    /// <summary>
    /// The address, as log and messages name it: the entry's, unless a service manager has passed one by the entry's name.
    /// </summary>
    public string Local { get; init; } = Port.Key.Path ?? (Port.Key with { Address = Address }).Socket;

    /// <summary>The network interface on which a link-local address is one.</summary>
    public string? Zone { get; init; } = Port.Key.Zone;

    /// <summary>Whether a service manager has chosen the address.</summary>
    public bool IsNamed { get; init; }

    /// <summary>What tells sockets apart, also those of two maps: transport and address.</summary>
    public string Id => $"{Transport} {Local}";

    /// <summary>The word of the transport.</summary>
    public string Transport => Port.Key.Transport.Word;

    /// <summary>Whether both want the same number on overlapping addresses, which bind(2) allows only with SO_REUSEPORT on both.</summary>
    public bool Overlaps(SocketPlace other) => Overlaps(other.Transport, other.Address, other.Port.Key.Number);

    /// <summary>Whether a socket of that transport, address and number overlaps.</summary>
    public bool Overlaps(string transport, IPAddress? address, int number) =>
        Address is not null && Address.AddressFamily == address?.AddressFamily && Transport == transport && Port.Key.Number == number
        && HostAddress.IsEvery(Address) != HostAddress.IsEvery(address);

    /// <summary>The address with the number that its interface has just now, 0 where there is none of the name.</summary>
    public IPAddress Scoped() => Zone is null ? Address! : new IPAddress(Address!.GetAddressBytes(), LinkScope.IndexOf(Zone));
}
