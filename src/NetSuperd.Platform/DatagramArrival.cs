using System.Net.Sockets;

namespace NetSuperd.Platform;

/// <summary>
/// The addresses between which a datagram travelled, as numbers: every datagram is judged by them. IPv4 is never v4-mapped.
/// </summary>
/// <param name="Family">IPv4, IPv6 or unix, which has no numbers.</param>
/// <param name="Remote">
/// The sender's address, which may be forged; for a unix socket a number that stands for its name in this process.
/// </param>
/// <param name="RemotePort">The sender's port.</param>
/// <param name="Local">The address that it was sent to; 0 where the system does not report it.</param>
/// <param name="Interface">The number of the network interface on which it came; 0 where the system does not report it.</param>
/// <param name="IsForMany">Whether it was sent to many hosts: multicast, broadcast.</param>
public readonly record struct DatagramArrival(
    AddressFamily Family, UInt128 Remote, int RemotePort, UInt128 Local, int Interface, bool IsForMany)
{
    /// <summary>Whether it came to a unix socket.</summary>
    public bool IsUnix => Family.IsUnix;

    /// <summary>
    /// Whether it came over the loopback interface, which has the number 1 in every network namespace (LOOPBACK_IFINDEX of the kernel).
    /// </summary>
    /// <remarks>
    /// Where the system does not report the interface, the address decides: the system takes no packet for 127/8 from another interface
    /// (RFC 1122, 3.2.1.3).
    /// </remarks>
    public bool IsLocal => Interface == 1 || (Interface == 0 && Family == AddressFamily.InterNetwork && Local >> 24 == 127);
}
