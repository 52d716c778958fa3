using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Platform.Tests;

/// <summary>What .NET says about a call, as the engine knows it.</summary>
internal static class PlainError
{
    /// <summary>The socket of a handle, which stays the owner of it.</summary>
    public static Socket SocketOf(SafeHandle handle) =>
        new(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: false)) { Blocking = false };

    public static Transfer Of(int count, SocketError error) =>
        error == SocketError.Success ? Transfer.Of(count) : Transfer.Failed(Errno(error));

    public static Errno Errno(SocketError error) => error switch
    {
        SocketError.WouldBlock => Platform.Errno.EAGAIN,
        SocketError.ConnectionReset => Platform.Errno.ECONNRESET,
        SocketError.Shutdown => Platform.Errno.EPIPE,
        SocketError.AddressAlreadyInUse => Platform.Errno.EADDRINUSE,
        SocketError.AccessDenied => Platform.Errno.EACCES,
        _ => Platform.Errno.EIO,
    };
}
