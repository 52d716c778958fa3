using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// netdb.h, pwd.h, grp.h
internal static unsafe partial class Libc
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Servent* getservbyname(string name, string proto);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Protoent* getprotobyname(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getpwnam_r(string name, Passwd* pwd, byte* buf, nuint buflen, Passwd** result);

    [LibraryImport(Library)]
    internal static partial int getpwuid_r(uint uid, Passwd* pwd, byte* buf, nuint buflen, Passwd** result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrnam_r(string name, Group* grp, byte* buf, nuint buflen, Group** result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrouplist(string user, uint group, uint* groups, int* ngroups);

    /// <summary>struct servent of netdb.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Servent
    {
        public byte* s_name;
        public byte** s_aliases;
        public int s_port;
        public byte* s_proto;
    }

    /// <summary>struct protoent of netdb.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Protoent
    {
        public byte* p_name;
        public byte** p_aliases;
        public int p_proto;
    }

    /// <summary>struct passwd of pwd.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Passwd
    {
        public byte* pw_name;
        public byte* pw_passwd;
        public uint pw_uid;
        public uint pw_gid;
        public byte* pw_gecos;
        public byte* pw_dir;
        public byte* pw_shell;
    }

    /// <summary>struct group of grp.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Group
    {
        public byte* gr_name;
        public byte* gr_passwd;
        public uint gr_gid;
        public byte** gr_mem;
    }
}
