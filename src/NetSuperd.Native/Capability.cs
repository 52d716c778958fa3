namespace NetSuperd.Native;

/// <summary>The capabilities that the daemon asks about, as <c>/proc/self/status</c> lists them (capabilities(7)).</summary>
[Flags]
public enum Capability : ulong
{
    None = 0,

    /// <summary>CAP_NET_BIND_SERVICE: to bind ports that the system keeps for root.</summary>
    NetBindService = 1ul << Libc.CAP_NET_BIND_SERVICE,

    /// <summary>CAP_NET_ADMIN: to use addresses of other hosts, among others.</summary>
    NetAdmin = 1ul << Libc.CAP_NET_ADMIN,

    /// <summary>CAP_NET_RAW: to open raw sockets, and to use addresses of other hosts.</summary>
    NetRaw = 1ul << Libc.CAP_NET_RAW,

    /// <summary>CAP_SYS_RESOURCE: to raise a hard limit.</summary>
    SysResource = 1ul << Libc.CAP_SYS_RESOURCE,
}
