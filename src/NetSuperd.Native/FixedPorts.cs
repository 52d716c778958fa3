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

    private static readonly (int First, int Last) Range = Read("/proc/sys/net/ipv4/ip_local_port_range");

    private static int Below => Math.Max(0, Range.First - First);

    private static int Above => Math.Max(0, Last - Range.Last);

    /// <summary>Whether there are enough of them.</summary>
    public static bool Exist => Below + Above >= Least;

    /// <summary>One of them, which may be in use.</summary>
    public static int Next()
    {
        var number = RandomNumberGenerator.GetInt32(Below + Above);
        return number < Below ? First + number : Range.Last + 1 + number - Below;
    }

    private static (int First, int Last) Read(string file)
    {
        try
        {
            var ends = File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[1], CultureInfo.InvariantCulture));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Without /proc: the range that Linux has by itself.
            return (32768, 60999);
        }
    }
}
