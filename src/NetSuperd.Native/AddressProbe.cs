using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Whether the host has an address: a bound socket is not told when its address is removed.</summary>
public static class AddressProbe
{
    /// <summary>
    /// Whether the host has the address now, as far as bind(2) tells: on an interface, by a local route (127.0.0.0/8), or because the
    /// system lets every address be bound (ip(7), ip_nonlocal_bind). True where the system does not report it.
    /// </summary>
    /// <param name="address">The address, a link-local one with the number of its interface.</param>
    /// <param name="device">The interface that the socket is bound to, which may have addresses of its own (VRF); null: none.</param>
    public static unsafe bool IsThere(IPAddress address, string? device = null)
    {
        var fd = Libc.socket(Domain(address), Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            return true;
        }

        using var probe = new Socket(new SafeSocketHandle(fd, ownsHandle: true));
        try
        {
            if (device is not null)
            {
                SocketDevice.Bind(probe, device);
            }

            var name = new IPEndPoint(address, 0).Serialize();
            fixed (byte* start = name.Buffer.Span)
            {
                return Libc.bind(probe.SafeHandle, start, (uint)name.Size) == 0
                    || Libc.Failure("bind", "").Errno is not (Errno.EADDRNOTAVAIL or Errno.ENODEV);
            }
        }
        catch (CallException)
        {
            // A failure to bind to the device says nothing about the address.
            return true;
        }
    }

    /// <summary>
    /// Whether a socket may serve an address that the host does not have (ip(7), IP_FREEBIND, IP_TRANSPARENT): the process that passed it
    /// on has set the option.
    /// </summary>
    public static bool IsOptional(Socket socket) => socket.AddressFamily == AddressFamily.InterNetworkV6
        ? Has(socket, Libc.IPPROTO_IPV6, Libc.IPV6_FREEBIND) || Has(socket, Libc.IPPROTO_IPV6, Libc.IPV6_TRANSPARENT)
        : Has(socket, Libc.IPPROTO_IP, Libc.IP_FREEBIND) || Has(socket, Libc.IPPROTO_IP, Libc.IP_TRANSPARENT);

    private static int Domain(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? Libc.AF_INET : Libc.AF_INET6;

    private static unsafe bool Has(Socket socket, int level, int option)
    {
        var value = 0;
        var length = (uint)sizeof(int);
        return Libc.getsockopt(socket.SafeHandle, level, option, &value, &length) == 0 && value != 0;
    }
}
