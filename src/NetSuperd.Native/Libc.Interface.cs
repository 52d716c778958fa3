using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// net/if.h
internal static unsafe partial class Libc
{
    public const int IFNAMSIZ = 16;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint if_nametoindex(string ifname);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial byte* if_indextoname(uint ifindex, byte* ifname);
}
