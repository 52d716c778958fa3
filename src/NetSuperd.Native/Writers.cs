using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// The users and groups that may write a file or folder beside its owner: by its mode, and by its access control list where it has one
/// (acl(5)).
/// </summary>
/// <param name="Others">Whether every user may.</param>
/// <param name="OwningGroup">Whether its group may.</param>
/// <param name="Users">The users that the list names.</param>
/// <param name="Groups">The groups that the list names.</param>
public sealed record Writers(bool Others, bool OwningGroup, ImmutableArray<uint> Users, ImmutableArray<uint> Groups)
{
    private const string AccessListName = "system.posix_acl_access";

    internal const int HeadBytes = 4;
    internal const int EntryBytes = 8;

    /// <summary>Those of a mode without an access control list.</summary>
    public static Writers Of(UnixFileMode mode) =>
        new(mode.HasFlag(UnixFileMode.OtherWrite), mode.HasFlag(UnixFileMode.GroupWrite), [], []);

    /// <summary>Those of a file.</summary>
    /// <exception cref="CallException">getxattr(2) failed.</exception>
    internal static unsafe Writers Of(PathHandle file)
    {
        // With a list the group's bits of the mode are its mask: without that bit no entry gives the right.
        var byMode = Of(file.Status.Mode);
        if (!byMode.OwningGroup)
        {
            return byMode;
        }

        var list = new byte[Libc.XATTR_SIZE_MAX];
        fixed (byte* value = list)
        {
            var length = Libc.getxattr(file.Link, AccessListName, value, list.Length);
            return length >= 0 ? Read(list.AsSpan(0, (int)length), byMode.Others)
                : (Errno)Marshal.GetLastPInvokeError() is Errno.ENODATA or Errno.EOPNOTSUPP ? byMode
                : throw Libc.Failure("getxattr", file.Path);
        }
    }

    /// <summary>
    /// Reads a list as linux/posix_acl_xattr.h has it: a version, then entries of tag, permissions and id, little-endian.
    /// </summary>
    internal static Writers Read(ReadOnlySpan<byte> list, bool others)
    {
        var writers = new Writers(others, false, [], []);
        for (var rest = list[Math.Min(HeadBytes, list.Length)..]; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
        {
            var id = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            writers = (BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) & Libc.ACL_WRITE) == 0 ? writers
                : BinaryPrimitives.ReadUInt16LittleEndian(rest) switch
                {
                    Libc.ACL_USER => writers with { Users = writers.Users.Add(id) },
                    Libc.ACL_GROUP_OBJ => writers with { OwningGroup = true },
                    Libc.ACL_GROUP => writers with { Groups = writers.Groups.Add(id) },
                    _ => writers,
                };
        }

        return writers;
    }
}
