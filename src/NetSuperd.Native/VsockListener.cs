using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Stream sockets of vsock(7). The runtime knows neither their family nor their addresses.</summary>
public static class VsockListener
{
    /// <summary>Makes a socket and binds it; it does not listen yet.</summary>
    /// <exception cref="CallException">
    /// socket(2) or bind(2) failed; EADDRINUSE: the port is bound for the same context or, where either is for every context, for another
    /// one; EADDRNOTAVAIL: this host does not have the context.
    /// </exception>
    public static unsafe Socket Bind(VsockAddress address)
    {
        var socket = Create();
        var name = stackalloc byte[Libc.SizeOfVsockAddress];
        address.Write(new Span<byte>(name, Libc.SizeOfVsockAddress));
        if (Libc.bind(socket.SafeHandle, name, Libc.SizeOfVsockAddress) == 0)
        {
            return socket;
        }

        var failure = Libc.Failure("bind", $"{address}");
        socket.Dispose();
        throw failure;
    }

    /// <summary>Makes a socket without an address.</summary>
    /// <exception cref="CallException">socket(2) failed.</exception>
    public static Socket Create()
    {
        var fd = Libc.socket(Libc.AF_VSOCK, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
        return fd >= 0 ? new Socket(new SafeSocketHandle(fd, ownsHandle: true)) : throw Libc.Failure("socket", "AF_VSOCK");
    }
}
