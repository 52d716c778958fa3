using System.Globalization;

namespace NetSuperd.Native;

/// <summary>What the system counts of all TCP connections of this network namespace (RFC 4022).</summary>
public static class TcpCounters
{
    private const string Prefix = "Tcp:";

    /// <summary>How many connections clients have opened so far; null where the system does not report it.</summary>
    public static long? PassiveOpens()
    {
        try
        {
            // The names of the columns, and then their values.
            var lines = File.ReadLines("/proc/net/snmp").Where(line => line.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(line => line.Split(' ')).ToList();
            return lines is [var names, var values] && Array.IndexOf(names, "PassiveOpens") is >= 0 and var at && at < values.Length
                && long.TryParse(values[at], CultureInfo.InvariantCulture, out var count) ? count : null;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
