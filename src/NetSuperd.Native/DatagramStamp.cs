using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>
/// When the last datagram arrived that any process has read from an IP socket (socket(7), SIOCGSTAMP). The kernel takes the time from the
/// first question on.
/// </summary>
/// <param name="Seconds">Seconds since the epoch.</param>
/// <param name="Nanoseconds">The nanoseconds of that time.</param>
public readonly record struct DatagramStamp(long Seconds, long Nanoseconds)
{
    /// <summary>Asks; null where none was read yet, and where the system does not report it, as for a unix socket.</summary>
    public static unsafe DatagramStamp? Of(SafeHandle socket)
    {
        var stamp = default(Libc.TimeSpec);
        return Libc.ioctl(socket, Libc.SIOCGSTAMPNS_OLD, &stamp) == 0 ? new DatagramStamp(stamp.tv_sec, stamp.tv_nsec) : null;
    }
}
