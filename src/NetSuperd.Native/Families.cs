using System.Diagnostics;
using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>The families of the sockets that the daemon uses: IPv4, IPv6 and unix.</summary>
public static class Families
{
    /// <summary>What a decision by family throws for any other one, so that no family passes as one of these.</summary>
    public static UnreachableException Unknown(AddressFamily family) => new($"no socket of the daemon is of the family {family}");

    extension(AddressFamily family)
    {
        /// <summary>Whether its sockets have a path or an abstract name instead of an address and a port.</summary>
        public bool IsUnix => family switch
        {
            AddressFamily.Unix => true,
            AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 => false,
            _ => throw Unknown(family),
        };
    }
}
