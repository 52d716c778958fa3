using System.Net.Sockets;
using System.Text;

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

    /// <summary>chown(2) and chmod(2) of the path.</summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="owner">The user, or null to leave it.</param>
    /// <param name="group">The group, or null to leave it.</param>
    /// <param name="mode">The permissions.</param>
    /// <exception cref="LibcException">chown(2) or chmod(2) failed.</exception>
    public static void SetAccess(string path, uint? owner, uint? group, UnixFileMode mode)
    {
        if ((owner ?? group) is not null && Libc.chown(path, owner ?? uint.MaxValue, group ?? uint.MaxValue) < 0)
        {
            throw LibcException.Last("chown", path);
        }

        if (Libc.chmod(path, (uint)mode) < 0)
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
        // struct sockaddr_un: the family as a native short, then the path; an abstract name begins with NUL and is not terminated.
        var bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes >= Libc.SizeOfUnixPath)
        {
            throw new ArgumentException($"a unix socket's path has at most {Libc.SizeOfUnixPath - 1} bytes", nameof(name));
        }

        var address = stackalloc byte[2 + Libc.SizeOfUnixPath];
        new Span<byte>(address, 2 + Libc.SizeOfUnixPath).Clear();
        *(ushort*)address = Libc.AF_UNIX;
        _ = Encoding.UTF8.GetBytes(name, new Span<byte>(address + 2, Libc.SizeOfUnixPath));
        var isAbstract = name.StartsWith('@');
        if (isAbstract)
        {
            address[2] = 0;
        }

        return call(socket.SafeHandle, address, (uint)(2 + bytes + (isAbstract ? 0 : 1)));
    }
}
