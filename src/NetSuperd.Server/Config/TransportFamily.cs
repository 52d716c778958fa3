namespace NetSuperd.Server.Config;

/// <summary>The families of the kinds of socket, by what their sockets have as an address.</summary>
public enum TransportFamily
{
    /// <summary>An address of IPv4 or IPv6, and a port or a protocol.</summary>
    Ip,

    /// <summary>A path or an abstract name.</summary>
    Unix,

    /// <summary>A context identifier and a port (vsock(7)).</summary>
    Vsock,
}
