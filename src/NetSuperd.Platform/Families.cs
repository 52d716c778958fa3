using System.Diagnostics;
using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>The families of the sockets that the daemon uses: IPv4, IPv6, unix and vsock.</summary>
public static class Families
{
    /// <summary>
    /// Sockets between a virtual machine and its host (vsock(7)), for which <see cref="AddressFamily"/> has no name: AF_VSOCK of Linux.
    /// </summary>
    public const AddressFamily Vsock = (AddressFamily)40;

    /// <summary>What a decision by family throws for any other one, so that no family passes as one of these.</summary>
    public static UnreachableException Unknown(AddressFamily family) => new($"no socket of the daemon is of the family {family}");

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
    }
}
