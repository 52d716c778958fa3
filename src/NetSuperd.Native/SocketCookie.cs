using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The number that the kernel gives to one socket only, for all time (SO_COOKIE of linux/sock_diag.h).</summary>
public static class SocketCookie
{
    /// <summary>Asks for the cookie; null when the socket is closed, or the system does not report it.</summary>
    public static ulong? Of(SafeHandle socket)
    {
        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        return SocketValue.Read(socket, Libc.SOL_SOCKET, Libc.SO_COOKIE, cookie) == sizeof(ulong)
            ? MemoryMarshal.Read<ulong>(cookie)
            : null;
    }
}
