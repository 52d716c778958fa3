using System.Net;

namespace NetSuperd.Server.Config;

/// <summary>
/// A socket of the map: address, port and transport. <see cref="Text"/> is its one normal form, <c>7/tcp</c>, <c>192.0.2.1:21/tcp</c>,
/// <c>[2001:db8::1]:21/tcp</c>, <c>/run/demo.sock</c> or <c>@demo</c>, however it was spelt.
/// </summary>
public sealed record PortKey
{
    /// <summary>What the socket carries.</summary>
    public required Transport Transport { get; init; }

    /// <summary>The address to listen on; null: every address, IPv4 and IPv6 as two sockets. Never v4-mapped.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port, 1 to 65535; 0 for unix sockets.</summary>
    public int Number { get; init; }

    /// <summary>The path of a unix socket, or <c>@name</c> of an abstract one (unix(7)); null for IP.</summary>
    public string? Path { get; init; }

    /// <summary>Whether other hosts can reach it, as far as the address tells.</summary>
    public bool IsPublic => Path is null && (Address is null || !IPAddress.IsLoopback(Address));

    /// <summary>The normal form.</summary>
    public string Text => Path ?? (Address is null ? $"{Number}/{Word}" : $"{new IPEndPoint(Address, Number)}/{Word}");

    private string Word => Transport == Transport.Udp ? "udp" : "tcp";

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>What a socket of the map carries.</summary>
public enum Transport
{
    Tcp,
    Udp,
    UnixStream,
    UnixDatagram,
    UnixSeqpacket,
}
