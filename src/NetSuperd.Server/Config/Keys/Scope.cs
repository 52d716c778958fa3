namespace NetSuperd.Server.Config.Keys;

/// <summary>Where a key belongs: the kinds of socket and service that have it, and whether <c>[defaults]</c> may have it.</summary>
[Flags]
internal enum Scope
{
    None = 0,
    Tcp = 1,
    Udp = 2,
    UnixStream = 4,
    UnixDatagram = 8,
    UnixSeqpacket = 16,
    UnixPath = 32,
    Handler = 64,
    Exec = 128,
    Defaults = 256,
    Ip = Tcp | Udp,
    Unix = UnixStream | UnixDatagram | UnixSeqpacket,
    Connecting = Tcp | UnixStream | UnixSeqpacket,
    Always = ~0,
}
