using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/xattr.h, linux/posix_acl.h
internal static unsafe partial class Libc
{
    public const ushort ACL_USER = 0x02;
    public const ushort ACL_WRITE = 0x02;
    public const ushort ACL_GROUP_OBJ = 0x04;
    public const ushort ACL_GROUP = 0x08;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint getxattr(string path, string name, byte* value, nint size);
}
