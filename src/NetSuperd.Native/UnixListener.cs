using System.Globalization;
using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>Bound unix sockets (unix(7)), by path or abstract (<c>@name</c>).</summary>
/// <remarks>
/// They are not made with <see cref="Socket.Bind"/>: that remembers the path and unlinks it when the object is disposed, even while another
/// process serves the same socket.
/// </remarks>
public static class UnixListener
{
    /// <summary>Makes a socket and binds it; it does not listen yet. A path is created with the permissions 0600 at most.</summary>
    /// <param name="name">An absolute path of at most 107 bytes, or <c>@name</c>.</param>
    /// <param name="type">Stream, datagram or seqpacket.</param>
    /// <exception cref="LibcException">socket(2) or bind(2) failed.</exception>
    public static unsafe Socket Bind(string name, SocketType type)
    {
        var socket = Create(type);

        // fchmod on the socket does nothing to the path, so the mask decides until chmod widens it. The mask is the process's: a
        // file made in this moment by another thread gets less, never more.
        var mask = Libc.umask(0x7F);
        try
        {
            return Call(&Libc.bind, socket, name) == 0 ? socket : throw LibcException.Last("bind", name);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.umask(mask);
        }
    }

    /// <summary>Whether a process serves the path. A socket file whose process is gone stays behind.</summary>
    /// <exception cref="LibcException">socket(2) failed, or connect(2) for a reason that does not tell.</exception>
    public static unsafe bool IsServed(string path, SocketType type)
    {
        // A full backlog must not hold us: whoever does not accept would keep the daemon from starting.
        using var socket = Create(type, Libc.O_NONBLOCK);
        if (Call(&Libc.connect, socket, path) == 0)
        {
            return true;
        }

        var failure = LibcException.Last("connect", path);
        return failure.Errno switch
        {
            Errno.ECONNREFUSED or Errno.ENOENT => false,
            Errno.EAGAIN or Errno.EPROTOTYPE => true,
            _ => throw failure,
        };
    }

    /// <summary>chown(2) and chmod(2) of the socket at a path, and of nothing else: who can write the folder may have put a link there.</summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="owner">The user, or null to leave it.</param>
    /// <param name="group">The group, or null to leave it.</param>
    /// <param name="mode">The permissions.</param>
    /// <exception cref="LibcException">open(2), chown(2) or chmod(2) failed; ENOTSOCK: the path is no socket.</exception>
    public static void SetAccess(string path, uint? owner, uint? group, UnixFileMode mode)
    {
        var fd = Libc.open(path, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC);
        using var file = fd >= 0 ? new Descriptor(fd) : throw LibcException.Last("open", path);

        // The link leads to what is open, whatever has become of the path.
        var link = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}");
        if (FileStatus.Of(link) is not { Type: FileType.Socket })
        {
            throw new LibcException("chown", path, Errno.ENOTSOCK);
        }

        if ((owner ?? group) is not null && Libc.fchownat(file, "", owner ?? uint.MaxValue, group ?? uint.MaxValue, Libc.AT_EMPTY_PATH) < 0)
        {
            throw LibcException.Last("chown", path);
        }

        if (Libc.chmod(link, (uint)mode) < 0)
        {
            throw LibcException.Last("chmod", path);
        }
    }

    private static Socket Create(SocketType type, int flags = 0)
    {
        var kind = type switch
        {
            SocketType.Dgram => Libc.SOCK_DGRAM,
            SocketType.Seqpacket => Libc.SOCK_SEQPACKET,
            _ => Libc.SOCK_STREAM,
        };
        var fd = Libc.socket(Libc.AF_UNIX, kind | Libc.SOCK_CLOEXEC | flags, 0);
        return fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true)) : throw LibcException.Last("socket", "AF_UNIX");
    }

    private static unsafe int Call(delegate*<System.Runtime.InteropServices.SafeHandle, byte*, uint, int> call, Socket socket, string name)
    {
        var address = stackalloc byte[SocketName.SizeOfUnix];
        return call(socket.SafeHandle, address, (uint)SocketName.Write(name, new Span<byte>(address, SocketName.SizeOfUnix)));
    }
}
