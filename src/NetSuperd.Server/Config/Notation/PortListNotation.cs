using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of the ports of an entry, without address and transport: <c>7</c>, <c>telnet</c>, <c>8000-8010</c>, and a list of these,
/// <c>ftp,2121,8000-8010</c>.
/// </summary>
internal static partial class PortListNotation
{
    /// <summary>The most ports of one entry: more would be a slip, and needs more descriptors than a process usually has.</summary>
    public const int MostPorts = 4096;

    /// <summary>Reads the ports.</summary>
    /// <param name="text">The ports.</param>
    /// <param name="transport">The transport, for the names of services(5).</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="spell">The whole entry with other ports, and another transport, for what a message proposes.</param>
    /// <param name="ports">The ports in ascending order.</param>
    /// <returns>The problem; null: there is none.</returns>
    public static string? Read(
        string text, Transport transport, NameCache names, Func<string, string?, string> spell, out IReadOnlyList<uint> ports)
    {
        ports = [];
        var plain = text.Replace(" ", "", StringComparison.Ordinal).Replace("..", "-", StringComparison.Ordinal).Replace(':', '-');
        if (plain != text && plain.AsSpan().ContainsAny(',', '-') && SeveralPorts().IsMatch(plain))
        {
            return $"a range is written as 8000-8010 and a list as 21,2121, both without spaces; write {spell(plain, null)}";
        }

        var all = new SortedSet<uint>();
        var items = text.Split(',');
        for (var i = 0; i < items.Length; i++)
        {
            var index = i;
            string Spell(string item, string? other) => spell(string.Join(',', [.. items[..index], item, .. items[(index + 1)..]]), other);
            if (ReadItem(items[i], transport, names, Spell, out var first, out var last) is { } problem)
            {
                return problem;
            }

            // Asked first, so that a hostile map costs no more than that.
            if (all.Count + (long)last - first + 1 > MostPorts)
            {
                return $"an entry has at most {MostPorts} ports, and this one has more; write several entries";
            }

            for (var port = first; port <= last; port++)
            {
                if (!all.Add(port))
                {
                    return $"port {port} is in the list twice";
                }
            }
        }

        ports = [.. all];
        return null;
    }

    private static string? ReadItem(
        string item, Transport transport, NameCache names, Func<string, string?, string> spell, out uint first, out uint last)
    {
        (first, last) = (0, 0);
        if (item.Length == 0)
        {
            return "a port is missing in the list; write one before and after each comma";
        }

        if (!Range().IsMatch(item))
        {
            var problem = Digits().IsMatch(item)
                ? Number(item, transport, spell, out first)
                : Named(item, transport, names, spell, out first);
            last = first;
            return problem;
        }

        var dash = item.IndexOf('-');
        var (low, high) = (item[..dash], item[(dash + 1)..]);
        string Spell(string number, string? other) => spell($"{low.TrimStart('0')}-{high.TrimStart('0')}", other);
        return Number(low, transport, Spell, out first) ?? Number(high, transport, Spell, out last)
            ?? (first > last ? $"a range begins with its lowest port; write {spell($"{high}-{low}", null)}" : null);
    }

    private static string? Number(string digits, Transport transport, Func<string, string?, string> spell, out uint number)
    {
        number = uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : uint.MaxValue;
        return number == 0 && transport.IsIp ? $"port 0 would mean any free port; write a port from 1 to {Most(transport)}"
            : number == 0 || number > Most(transport) ? NoPort(digits, transport)
            : digits[0] == '0' ? $"a port must not begin with 0; write {spell($"{number}", null)}"
            : null;
    }

    private static string? Named(
        string name, Transport transport, NameCache names, Func<string, string?, string> spell, out uint number)
    {
        number = (uint)(names.Port(name, transport.ServicesWord) ?? 0);
        return number > 0 ? null
            : Signed().IsMatch(name) ? NoPort(name, transport)
            : OpenRange().IsMatch(name) ? $"a range has a first and a last port, such as 8000-8010; '{name}' has not"
            : !transport.IsIp ? $"{transport.Noun} has the number of a port, from 1 to {Most(transport)}, and '{name}' is none"
            : Transports.IpWords.FirstOrDefault(word => names.Port(name, word) is not null) is { } other
                ? $"services(5) has '{name}' for {other} only; write {spell(name, other)}"
            : $"services(5) has no '{name}'; write the number of the port";
    }

    private static uint Most(Transport transport) => transport.IsVsock ? VsockAddress.MostPort : IPEndPoint.MaxPort;

    private static string NoPort(string text, Transport transport) =>
        $"there is no port {text}; ports{(transport.IsIp ? "" : $" of {transport.Noun}")} are 1 to {Most(transport)}";

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\A[0-9]+-[0-9]+\z")]
    private static partial Regex Range();

    [GeneratedRegex(@"\A[0-9]*-[0-9-]*\z")]
    private static partial Regex OpenRange();

    [GeneratedRegex(@"\A[+-][0-9]+\z")]
    private static partial Regex Signed();

    [GeneratedRegex(@"\A[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*\z")]
    private static partial Regex SeveralPorts();
}
