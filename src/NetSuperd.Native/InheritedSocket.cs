using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Sockets that came as descriptors: from a service manager, from a process before this one, from a copy.</summary>
public static class InheritedSocket
{
    /// <summary>Makes a socket of a descriptor, which belongs to it from now on.</summary>
    /// <exception cref="SocketException">It is no socket; the descriptor is closed.</exception>
    public static Socket Open(Descriptor descriptor)
    {
        var handle = new SafeSocketHandle(descriptor.Release(), ownsHandle: true);
        try
        {
            return new Socket(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether IPv6 sockets serve IPv4 as well (ipv6(7), IPV6_V6ONLY is off).</summary>
    public static bool IsDualStack(Socket socket)
    {
        try
        {
            return socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The path of a unix socket, or <c>@name</c> of an abstract one; null for another, and for one without a name (unix(7)).</summary>
    public static string? PathOf(Socket socket)
    {
        if (socket.LocalEndPoint is not UnixDomainSocketEndPoint end)
        {
            return null;
        }

        // The runtime writes an abstract name with an @ as well.
        return $"{end}" is { Length: > 1 } name ? name : null;
    }

    /// <summary>Whether it listens (socket(7), SO_ACCEPTCONN).</summary>
    public static bool IsListening(Socket socket) =>
        socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is int listening && listening != 0;

    /// <summary>What the kernel tells a connection by, whatever becomes of its numbers (socket(7), SO_COOKIE); 0 where it does not tell.</summary>
    public static ulong CookieOf(Socket socket)
    {
        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        try
        {
            return socket.GetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_COOKIE, cookie) == cookie.Length ? MemoryMarshal.Read<ulong>(cookie) : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
