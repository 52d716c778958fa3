namespace NetSuperd.Native;

// linux/capability.h
internal static partial class Libc
{
    public const int CAP_NET_BIND_SERVICE = 10;
    public const int CAP_NET_ADMIN = 12;
    public const int CAP_NET_RAW = 13;
    public const int CAP_SYS_RESOURCE = 24;
}
