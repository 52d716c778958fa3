using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The state of a bound unix socket that only the kernel's socket list tells (sock_diag(7)).</summary>
public static class UnixDiagnosis
{

    /// <summary>The file that the socket is bound to, whatever is at its path now.</summary>
    /// <returns>Null for an abstract or unbound socket, and where the system does not report it.</returns>
    public static UnixFile? FileOf(SafeHandle socket)
    {
        // The kernel's internal dev_t: 12 bits and 20 bits (linux/kdev_t.h).
        const int MinorBits = 20;
        UnixFile? file = null;
        var failure = Ask(socket, Libc.UDIAG_SHOW_VFS, attributes =>
        {
            if (MemoryMarshal.TryRead<Libc.UnixDiagFile>(Netlink.Attribute(attributes, Libc.UNIX_DIAG_VFS), out var vfs))
            {
                file = new UnixFile(
                    ((ulong)(vfs.udiag_vfs_dev >> MinorBits) << 32) | (vfs.udiag_vfs_dev & ((1 << MinorBits) - 1)), vfs.udiag_vfs_ino);
            }
        });
        return failure is null ? file : null;
    }

    /// <summary>The connections that wait on a listener to be accepted.</summary>
    /// <returns>Null where the system does not report it.</returns>
    public static UnixPending? Pending(SafeHandle listener)
    {
        // The kernel has room for a page (unix_diag_get_exact in net/unix/diag.c): where a thousand or two wait it can only say how many.
        return Pending(listener, Libc.UDIAG_SHOW_RQLEN | Libc.UDIAG_SHOW_ICONS, out var failure) is { } all ? all
            : failure is Errno.EMSGSIZE ? Pending(listener, Libc.UDIAG_SHOW_RQLEN, out _)
            : null;
    }

    /// <summary>How many connections of a listener a process has, whichever that is. They have the name of the listener.</summary>
    /// <returns>Null where the system does not report it.</returns>
    public static unsafe int? Accepted(SafeHandle listener)
    {
        byte[]? name = null;
        _ = Ask(listener, Libc.UDIAG_SHOW_NAME, attributes => name = Netlink.Attribute(attributes, Libc.UNIX_DIAG_NAME).ToArray());
        if (name is null)
        {
            return null;
        }

        // A connection that is not accepted yet has no inode, and is not in the list (sk_diag_dump in net/unix/diag.c).
        var count = 0;
        var request = new Libc.UnixDiagRequest
        {
            sdiag_family = Libc.AF_UNIX, udiag_states = 1U << TcpInfoReader.Established, udiag_show = Libc.UDIAG_SHOW_NAME,
        };
        var failure = Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: true, request, message =>
            count += message.Length >= sizeof(Libc.UnixDiagMessage)
                && Netlink.Attribute(message[sizeof(Libc.UnixDiagMessage)..], Libc.UNIX_DIAG_NAME).SequenceEqual(name) ? 1 : 0);
        return failure is null ? count : null;
    }

    /// <summary>Whether shutdown(2) was called on the socket, in any direction; false where the system does not report it.</summary>
    public static bool IsShutDown(SafeHandle socket)
    {
        var isShutDown = false;
        _ = Ask(socket, 0, attributes => isShutDown |= Netlink.Attribute(attributes, Libc.UNIX_DIAG_SHUTDOWN) is [not 0, ..]);
        return isShutDown;
    }

    private static UnixPending? Pending(SafeHandle listener, int show, out Errno? failure)
    {
        UnixPending? pending = null;
        failure = Ask(listener, show, attributes =>
        {
            if (MemoryMarshal.TryRead<Libc.UnixDiagQueue>(Netlink.Attribute(attributes, Libc.UNIX_DIAG_RQLEN), out var lengths))
            {
                var clients = MemoryMarshal.Cast<byte, uint>(Netlink.Attribute(attributes, Libc.UNIX_DIAG_ICONS)).ToArray();
                pending = new UnixPending((int)lengths.udiag_rqueue, [.. clients.Where(inode => inode != 0)]);
            }
        });
        return failure is null ? pending : null;
    }

    private static unsafe Errno? Ask(SafeHandle socket, int show, Netlink.Reader read)
    {
        if (FileStatus.Of(socket) is not { Type: FileType.Socket } status)
        {
            return Errno.ENOTSOCK;
        }

        // An inode is enough: no other socket gets the number while we have this one.
        const uint NoCookie = uint.MaxValue;
        var request = new Libc.UnixDiagRequest { sdiag_family = Libc.AF_UNIX, udiag_ino = (uint)status.Id.Inode, udiag_show = (uint)show };
        request.udiag_cookie[0] = NoCookie;
        request.udiag_cookie[1] = NoCookie;
        return Netlink.Ask(Libc.SOCK_DIAG_BY_FAMILY, isList: false, request, message =>
        {
            if (message.Length >= sizeof(Libc.UnixDiagMessage))
            {
                read(message[sizeof(Libc.UnixDiagMessage)..]);
            }
        });
    }
}

/// <summary>The file of a unix socket.</summary>
/// <param name="Device">The device that holds it, as in <see cref="FileStatus"/>.</param>
/// <param name="Inode">The lower half of its number on the device.</param>
public readonly record struct UnixFile(ulong Device, uint Inode)
{
    /// <summary>
    /// Whether this is the file. On a file system that shows other devices to stat(2) than it has inside (btrfs, some overlays) it is not
    /// recognized.
    /// </summary>
    public bool Is(FileStatus status) => status.Type == FileType.Socket && status.Id.Device == Device && (uint)status.Id.Inode == Inode;
}

/// <summary>What waits on a unix listener.</summary>
/// <param name="Count">How many connections.</param>
/// <param name="Clients">The inodes of the clients' sockets, as far as those are open and the system has room to name them.</param>
public sealed record UnixPending(int Count, IReadOnlyList<uint> Clients);
