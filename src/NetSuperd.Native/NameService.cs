using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Names of services, protocols, users and groups, wherever nsswitch.conf(5) says they are kept.</summary>
public static unsafe class NameService
{
    // An entry of a directory service may be large, but an answer beyond this size is not trusted.
    private const int MostBytes = 1 << 20;

    // getservbyname(3) and getprotobyname(3) each answer from one static buffer.
    private static readonly Lock ServiceBuffer = new();
    private static readonly Lock ProtocolBuffer = new();

    private delegate int Lookup<T>(T* entry, byte* buffer, nuint size, T** found)
        where T : unmanaged;

    /// <summary>The port of a service in services(5); null where it is not there.</summary>
    /// <param name="name">The name or an alias.</param>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    public static int? ServicePort(string name, string protocol)
    {
        if (name.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        lock (ServiceBuffer)
        {
            // The entry is valid until the next call, which the lock prevents. s_port is an int that holds 16 bits in network order.
            var found = Libc.getservbyname(name, protocol);
            return found is null ? null : BinaryPrimitives.ReverseEndianness((ushort)found->s_port);
        }
    }

    /// <summary>The number of a protocol in protocols(5); null where it is not there.</summary>
    /// <param name="name">The name or an alias.</param>
    public static int? ProtocolNumber(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        lock (ProtocolBuffer)
        {
            var found = Libc.getprotobyname(name);
            return found is null ? null : found->p_proto;
        }
    }

    /// <summary>The id of a user in passwd(5); null where there is none.</summary>
    public static uint? UserId(string name) =>
        Find<uint, Libc.Passwd>(
            (entry, buffer, size, found) => Libc.getpwnam_r(name, entry, buffer, size, found),
            entry => entry->pw_uid,
            out var id,
            name) ? id : null;

    /// <summary>The id of a group in group(5); null where there is none.</summary>
    public static uint? GroupId(string name) =>
        Find<uint, Libc.Group>(
            (entry, buffer, size, found) => Libc.getgrnam_r(name, entry, buffer, size, found),
            entry => entry->gr_gid,
            out var id,
            name) ? id : null;

    /// <summary>What passwd(5) says about a user; null where there is none.</summary>
    public static UserEntry? User(uint uid) =>
        Find<UserEntry, Libc.Passwd>(
            (entry, buffer, size, found) => Libc.getpwuid_r(uid, entry, buffer, size, found), Read, out var user) ? user : null;

    /// <summary>What passwd(5) says about a user; null where there is none.</summary>
    public static UserEntry? User(string name) =>
        Find<UserEntry, Libc.Passwd>(
            (entry, buffer, size, found) => Libc.getpwnam_r(name, entry, buffer, size, found), Read, out var user, name) ? user : null;

    /// <summary>
    /// The groups that initgroups(3) gives a user: those of group(5) that have it as a member, and the one that is given.
    /// </summary>
    public static IReadOnlyList<uint> Groups(string user, uint group)
    {
        for (var size = 32; ; size *= 4)
        {
            var groups = new uint[size];
            var count = size;
            fixed (uint* first = groups)
            {
                if (Libc.getgrouplist(user, group, first, &count) >= 0)
                {
                    return groups[..count];
                }
            }

            // The C library tells the number of groups; the loop ends where a directory service raises it each time.
            if (size > MostBytes)
            {
                return [group];
            }
        }
    }

    private static UserEntry Read(Libc.Passwd* entry) =>
        new(Text(entry->pw_name), entry->pw_uid, entry->pw_gid, Text(entry->pw_dir), Text(entry->pw_shell));

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static bool Find<TResult, TEntry>(
        Lookup<TEntry> lookup, EntryReader<TResult, TEntry> read, out TResult? result, string name = "")
        where TEntry : unmanaged
    {
        // A name with NUL would be cut there, and name another entry.
        for (var size = 1024; size <= MostBytes && !name.Contains('\0', StringComparison.Ordinal); size *= 4)
        {
            // The strings of the entry lie in the buffer: both are read before either goes away.
            TEntry entry;
            TEntry* found;
            fixed (byte* buffer = new byte[size])
            {
                var error = lookup(&entry, buffer, (nuint)size, &found);
                if (error == (int)Errno.ERANGE)
                {
                    continue;
                }

                result = error == 0 && found is not null ? read(found) : default;
                return error == 0 && found is not null;
            }
        }

        result = default;
        return false;
    }

    private delegate TResult EntryReader<TResult, TEntry>(TEntry* entry)
        where TEntry : unmanaged;
}
