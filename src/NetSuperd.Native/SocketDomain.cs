using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The domains of socket(2), by the family of their addresses.</summary>
public static class SocketDomain
{
    /// <summary>Why this host has no sockets of a kind; null: it has.</summary>
    public static Errno? Absence(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var fd = Libc.socket(family.Domain, (int)type | Libc.SOCK_CLOEXEC, (int)protocol);
        if (fd < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        new Descriptor(fd).Dispose();
        return null;
    }

    /// <summary>The family of a domain of socket(2); unknown for one that the daemon does not serve.</summary>
    internal static AddressFamily Of(int domain) => domain switch
    {
        Libc.AF_UNIX => AddressFamily.Unix,
        Libc.AF_INET => AddressFamily.InterNetwork,
        Libc.AF_INET6 => AddressFamily.InterNetworkV6,
        Libc.AF_VSOCK => Families.Vsock,
        _ => AddressFamily.Unknown,
    };

    extension(AddressFamily family)
    {
        /// <summary>Its number for socket(2).</summary>
        internal int Domain => family switch
        {
            AddressFamily.Unix => Libc.AF_UNIX,
            AddressFamily.InterNetwork => Libc.AF_INET,
            AddressFamily.InterNetworkV6 => Libc.AF_INET6,
            Families.Vsock => Libc.AF_VSOCK,
            _ => throw Families.Unknown(family),
        };
    }
}
