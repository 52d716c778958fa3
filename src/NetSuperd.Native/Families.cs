using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The families of the sockets that the daemon uses: IPv4, IPv6, unix and vsock.</summary>
public static class Families
{
    /// <summary>Sockets between a virtual machine and its host (vsock(7)), for which <see cref="AddressFamily"/> has no name.</summary>
    public const AddressFamily Vsock = (AddressFamily)Libc.AF_VSOCK;

    /// <summary>What a decision by family throws for any other one, so that no family passes as one of these.</summary>
    public static UnreachableException Unknown(AddressFamily family) => new($"no socket of the daemon is of the family {family}");

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
        Libc.AF_VSOCK => Vsock,
        _ => AddressFamily.Unknown,
    };

    extension(AddressFamily family)
    {
        /// <summary>Whether its sockets have a path or an abstract name.</summary>
        public bool IsUnix => family switch
        {
            AddressFamily.Unix => true,
            AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or Vsock => false,
            _ => throw Unknown(family),
        };

        /// <summary>Whether its sockets have an IP address, and the options of ip(7) or ipv6(7).</summary>
        public bool IsIp => family switch
        {
            AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 => true,
            AddressFamily.Unix or Vsock => false,
            _ => throw Unknown(family),
        };

        /// <summary>Its number for socket(2).</summary>
        internal int Domain => family switch
        {
            AddressFamily.Unix => Libc.AF_UNIX,
            AddressFamily.InterNetwork => Libc.AF_INET,
            AddressFamily.InterNetworkV6 => Libc.AF_INET6,
            Vsock => Libc.AF_VSOCK,
            _ => throw Unknown(family),
        };
    }
}
