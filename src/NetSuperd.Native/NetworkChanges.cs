using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Tells that this host has got an address or a network interface (rtnetlink(7)).</summary>
/// <remarks>
/// An IPv6 address can be bound once no other host has answered for it, and the kernel reports it again then (addrconf_dad_completed in
/// net/ipv6/addrconf.c).
/// </remarks>
public sealed class NetworkChanges : IDisposable
{
    // The kernel reports an interface, the longest message, in one page (NLMSG_GOODSIZE of linux/netlink.h).
    private const int BufferSize = 8192;

    // More wait for the next turn of the loop.
    private const int MostMessages = 64;

    private readonly Descriptor _socket;

    private NetworkChanges(Descriptor socket) => _socket = socket;

    /// <summary>The descriptor; readable when something has changed.</summary>
    public SafeHandle Handle => _socket;

    /// <summary>Starts to listen for changes.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public static unsafe NetworkChanges Open()
    {
        var fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_ROUTE);
        if (fd < 0)
        {
            throw Libc.Failure("socket", "NETLINK_ROUTE");
        }

        var socket = new Descriptor(fd);
        var address = new Libc.NetlinkAddress
        {
            nl_family = Libc.AF_NETLINK,
            nl_groups = Libc.RTMGRP_LINK | Libc.RTMGRP_IPV4_IFADDR | Libc.RTMGRP_IPV6_IFADDR,
        };
        if (Libc.bind(socket, (byte*)&address, (uint)sizeof(Libc.NetlinkAddress)) < 0)
        {
            var failure = Libc.Failure("bind", "NETLINK_ROUTE");
            socket.Dispose();
            throw failure;
        }

        return new NetworkChanges(socket);
    }

    /// <summary>Takes the messages that are there.</summary>
    /// <returns>
    /// Whether one tells of a new address or interface, or of a change of one; also where the system has lost messages (ENOBUFS), which may
    /// have been such.
    /// </returns>
    public unsafe bool Take()
    {
        var hasNew = false;
        var buffer = stackalloc byte[BufferSize];
        for (var i = 0; i < MostMessages; i++)
        {
            var length = Libc.recv(_socket, buffer, BufferSize, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC);
            if (length >= 0)
            {
                hasNew |= length > BufferSize || HasNew(new ReadOnlySpan<byte>(buffer, (int)length));
                continue;
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.ENOBUFS:
                    hasNew = true;
                    break;
                case Errno.EINTR:
                    break;
                default:
                    return hasNew;
            }
        }

        return hasNew;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static unsafe bool HasNew(ReadOnlySpan<byte> messages)
    {
        while (messages.Length >= sizeof(Libc.NetlinkHeader))
        {
            var header = MemoryMarshal.Read<Libc.NetlinkHeader>(messages);
            if (header.nlmsg_type is Libc.RTM_NEWLINK or Libc.RTM_NEWADDR)
            {
                return true;
            }

            messages = messages[(int)Math.Clamp((header.nlmsg_len + 3) & ~3U, (uint)sizeof(Libc.NetlinkHeader), (uint)messages.Length)..];
        }

        return false;
    }
}
