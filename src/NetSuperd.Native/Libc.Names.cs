using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// netdb.h, pwd.h, grp.h
internal static unsafe partial class Libc
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial NameService.Servent* getservbyname(string name, string proto);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial NameService.Protoent* getprotobyname(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getpwnam_r(string name, NameService.Passwd* pwd, byte* buf, nuint buflen, NameService.Passwd** result);

    [LibraryImport(Library)]
    internal static partial int getpwuid_r(uint uid, NameService.Passwd* pwd, byte* buf, nuint buflen, NameService.Passwd** result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrnam_r(string name, NameService.Group* grp, byte* buf, nuint buflen, NameService.Group** result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrouplist(string user, uint group, uint* groups, int* ngroups);
}
