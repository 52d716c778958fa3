using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Bound unix sockets (unix(7)), by path or abstract (<c>@name</c>).</summary>
/// <remarks>
/// They are not made with <see cref="Socket.Bind"/>: that remembers the path and unlinks it when the object is disposed, even while another
/// process serves the same socket.
/// </remarks>
public static class UnixListener
{
    /// <summary>The most bytes of a path, or of an abstract name without the <c>@</c> (unix(7)).</summary>
    public const int MostNameBytes = SocketName.MostUnixBytes;

    private const uint ModeOfPath = (uint)(UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Makes a socket and binds it; it does not listen yet. A path is created with the permissions 0600 at most.</summary>
    /// <param name="name">An absolute path, or <c>@name</c>: at most 107 bytes, the <c>@</c> not counted.</param>
    /// <param name="type">Stream, datagram or seqpacket.</param>
    /// <exception cref="CallException">socket(2) or bind(2) failed.</exception>
    public static unsafe Socket Bind(string name, SocketType type)
    {
        var socket = Create(type);
        try
        {
            // bind(2) gives the path the mode of the socket, without what the mask of the process takes away (unix_bind_bsd in
            // net/unix/af_unix.c). Another mask would also apply to the files that other threads make in this moment.
            return Libc.fchmod(socket.SafeHandle, ModeOfPath) == 0 && Call(&Libc.bind, socket, name) == 0
                ? socket
                : throw Libc.Failure("bind", name);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a process serves an abstract name.</summary>
    /// <exception cref="CallException">socket(2) failed, or connect(2) for a reason that leaves it open.</exception>
    public static bool IsServed(string name, SocketType type) => IsServed(name, name, type);

    /// <summary>Whether a process serves a socket by path. A socket file whose process is gone stays behind.</summary>
    /// <exception cref="CallException">socket(2) failed, or connect(2) for a reason that leaves it open.</exception>
    public static bool IsServed(PathHandle socket, SocketType type) => IsServed(socket.Link, socket.Path, type);

    private static unsafe bool IsServed(string name, string shown, SocketType type)
    {
        // A full backlog must not hold us: a process that does not accept would keep the daemon from starting.
        using var socket = Create(type, Libc.O_NONBLOCK);
        if (Call(&Libc.connect, socket, name) == 0)
        {
            return true;
        }

        var failure = Libc.Failure("connect", shown);
        return failure.Errno switch
        {
            Errno.ECONNREFUSED or Errno.ENOENT => false,
            Errno.EAGAIN or Errno.EPROTOTYPE => true,
            _ => throw failure,
        };
    }

    private static Socket Create(SocketType type, int flags = 0)
    {
        // SocketType has the numbers of socket(2).
        var fd = Libc.socket(Libc.AF_UNIX, (int)type | Libc.SOCK_CLOEXEC | flags, 0);
        return fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true)) : throw Libc.Failure("socket", "AF_UNIX");
    }

    private static unsafe int Call(delegate*<System.Runtime.InteropServices.SafeHandle, byte*, uint, int> call, Socket socket, string name)
    {
        var address = stackalloc byte[SocketName.SizeOfUnix];
        return call(socket.SafeHandle, address, (uint)SocketName.Write(name, new Span<byte>(address, SocketName.SizeOfUnix)));
    }
}
