namespace NetSuperd.Server.Config.Keys;

/// <summary>Where a key belongs: the kinds of socket and service that have it, and whether <c>[defaults]</c> may have it.</summary>
[Flags]
internal enum Scope
{
    None = 0,
    Tcp = 1,
    IpConnecting = 2,
    IpDatagram = 4,
    UnixConnecting = 8,
    UnixDatagram = 16,
    UnixPath = 32,
    Handler = 64,
    Exec = 128,
    Defaults = 256,
    HopLimit = 512,
    Unlisted = 1024,
    Raw = 2048,
    Vsock = 4096,
    Forward = 8192,
    IpPort = IpConnecting | IpDatagram,
    Ip = IpPort | Raw,
    Unix = UnixConnecting | UnixDatagram,
    Buffered = Ip | Unix,
    Connecting = IpConnecting | UnixConnecting | Vsock,
    Datagram = IpDatagram | UnixDatagram | Raw,
    Always = ~0,
}
