using System.Globalization;
using System.Security.Cryptography;

namespace NetSuperd.Native;

/// <summary>
/// The ports that the system chooses for no connection: those outside of net.ipv4.ip_local_port_range (ip(7)). A port of that range that
/// is bound by number can be chosen for no other connection of the host, whatever its address.
/// </summary>
public static class FixedPorts
{
    private const int First = 1024, Last = 65535;

    // With fewer, a client that comes back often would find each in use, for as long as TIME_WAIT lasts.
    private const int Least = 1024;

    private static Ends _range = Read("/proc/sys/net/ipv4/ip_local_port_range");

    /// <summary>One of them, which may be in use; null: there are too few.</summary>
    public static int? Next()
    {
        var (first, last) = _range;
        var (below, above) = (Math.Max(0, first - First), Math.Max(0, Last - last));
        if (below + above < Least)
        {
            return null;
        }

        var number = RandomNumberGenerator.GetInt32(below + above);
        return number < below ? First + number : last + 1 + number - below;
    }

    /// <summary>Asks again for the range, which an administrator may have changed.</summary>
    /// <returns>Whether there are enough ports outside of it.</returns>
    public static bool Refresh()
    {
        Volatile.Write(ref _range, Read("/proc/sys/net/ipv4/ip_local_port_range"));
        return Next() is not null;
    }

    private static Ends Read(string file)
    {
        string[] ends;
        try
        {
            ends = File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ends = [];
        }

        // Without /proc: the range that Linux has by itself.
        return ends is [var low, var high] && int.TryParse(low, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(high, CultureInfo.InvariantCulture, out var last) ? new Ends(first, last) : new Ends(32768, 60999);
    }

    private sealed record Ends(int First, int Last);
}
