using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Sockets that this process did not create: their kind, and how to make a <see cref="Socket"/> of one.</summary>
public static class InheritedSocket
{
    /// <summary>What a descriptor is (socket(7): SO_DOMAIN, SO_TYPE, SO_PROTOCOL; getsockname(2)).</summary>
    /// <returns>The kind of socket; null when it is none.</returns>
    public static unsafe SocketKind? Describe(SafeHandle descriptor)
    {
        if (Option(descriptor, Libc.SOL_SOCKET, Libc.SO_DOMAIN) is not { } domain
            || Option(descriptor, Libc.SOL_SOCKET, Libc.SO_TYPE) is not { } type
            || Option(descriptor, Libc.SOL_SOCKET, Libc.SO_PROTOCOL) is not { } protocol)
        {
            return null;
        }

        var address = stackalloc byte[Libc.SizeOfAnyAddress];
        var length = (uint)Libc.SizeOfAnyAddress;
        var name = Libc.getsockname(descriptor, address, &length) == 0 ? new ReadOnlySpan<byte>(address, (int)length) : [];
        return new SocketKind(
            SocketDomain.Of(domain),
            (SocketType)type,
            (ProtocolType)protocol,
            SocketName.EndPoint(name),
            VsockAddress.Read(name),
            SocketName.Unix(name),
            domain == Libc.AF_INET6 && (type == Libc.SOCK_RAW || Option(descriptor, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY) > 0));
    }

    /// <summary>Makes a <see cref="Socket"/> of a descriptor, which belongs to the socket from then on.</summary>
    /// <remarks>
    /// <see cref="Socket.Blocking"/> reflects the open file, and is not changed: other processes may share it. Disposing of the socket
    /// leaves the path of a unix socket alone.
    /// </remarks>
    /// <exception cref="ArgumentException">The descriptor is no socket; it still belongs to the caller.</exception>
    public static Socket Open(SafeHandle descriptor)
    {
        if (Describe(descriptor) is null)
        {
            throw new ArgumentException("the descriptor is no socket", nameof(descriptor));
        }

        var socket = new Socket(new SafeSocketHandle(descriptor.DangerousGetHandle(), ownsHandle: true));
        descriptor.SetHandleAsInvalid();
        if ((Libc.fcntl(socket.SafeHandle, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) != 0)
        {
            socket.Blocking = false;
        }

        return socket;
    }

    extension(Socket socket)
    {
        /// <summary>Its family (SO_DOMAIN); the runtime does not name each.</summary>
        public AddressFamily RealFamily => socket.AddressFamily != AddressFamily.Unknown
            ? socket.AddressFamily
            : Describe(socket.SafeHandle)?.Family ?? AddressFamily.Unknown;
    }

    private static unsafe int? Option(SafeHandle socket, int level, int name)
    {
        var value = 0;
        var length = (uint)sizeof(int);
        return Libc.getsockopt(socket, level, name, &value, &length) == 0 ? value : null;
    }
}

/// <summary>What a socket is, and where it is bound.</summary>
/// <param name="Family">IPv4, IPv6, unix or vsock; <see cref="AddressFamily.Unknown"/> for another one.</param>
/// <param name="Type">Stream, datagram, seqpacket or another one.</param>
/// <param name="Protocol">Its protocol, one that .NET does not name as its number.</param>
/// <param name="Local">The address and port of an IP socket.</param>
/// <param name="Vsock">The context and port of a socket of vsock(7).</param>
/// <param name="Path">The path of a unix socket, or <c>@name</c> of an abstract one; null where it has none.</param>
/// <param name="IsIPv6Only">Whether an IPv6 socket takes no IPv4 (ipv6(7), IPV6_V6ONLY), as no raw one does.</param>
public sealed record SocketKind(
    AddressFamily Family, SocketType Type, ProtocolType Protocol, IPEndPoint? Local, VsockAddress? Vsock, string? Path, bool IsIPv6Only);
