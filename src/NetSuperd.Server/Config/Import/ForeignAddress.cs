using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Import;

/// <summary>The addresses and ports of imported services.</summary>
internal static class ForeignAddress
{
    private const string ServicesFile = "/etc/services";

    /// <summary>The addresses that a word means: one address, or both loopback addresses for <c>localhost</c>.</summary>
    /// <returns>None for another host name.</returns>
    public static IReadOnlyList<IPAddress> Read(string text)
    {
        var bare = text is ['[', .., ']'] ? text[1..^1] : text;
        return bare == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : IPAddress.TryParse(bare, out var address) && (bare.Contains(':', StringComparison.Ordinal) || bare.Count(c => c == '.') == 3)
                ? [address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address]
            : [];
    }

    /// <summary>The addresses that a service listens on: as <see cref="Read(string)"/>, or of a name of hosts(5), which is said.</summary>
    /// <returns>None for a name that only the DNS may have.</returns>
    public static IReadOnlyList<IPAddress> Read(Word word, Importing importing)
    {
        if (Read(word.Text) is { Count: > 0 } addresses)
        {
            return addresses;
        }

        var named = importing.Names.Addresses(word.Text);
        if (named.Count > 0)
        {
            importing.Map.Changed(
                word.At, $"'{word.Text}' is {string.Join(" and ", named)} in /etc/hosts: the map has the address that the name has now");
        }

        return named;
    }

    /// <summary>The port of a number or of a name of services(5); null: there is none.</summary>
    public static uint? Port(string text, string protocol, NameCache names) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number is > 0 and <= ushort.MaxValue ? number : null
            : (uint?)names.Port(text, protocol);

    /// <summary>What to say of a service whose name has no port.</summary>
    public static string Unlisted(string name, string program) => File.Exists(ServicesFile)
        ? $"'{name}' is not in services(5) of this system, so {program} left the entry out here: write its port instead"
        : $"'{name}' has no port here, since this system has no {ServicesFile}: install it (netbase in Debian), or write the port instead";

    /// <summary>The sockets of a port: one for each address, or for each family where there is no address.</summary>
    /// <param name="transport">The kind.</param>
    /// <param name="port">The port, and where the imported file names it.</param>
    /// <param name="addresses">The addresses; none: every address of the families.</param>
    /// <param name="families">The families.</param>
    public static IEnumerable<ImportedSocket> Sockets(
        Transport transport, (uint Number, Word Word) port, IReadOnlyList<IPAddress> addresses, params AddressFamily[] families) =>
        (addresses.Count > 0 ? addresses.Where(address => families.Contains(address.AddressFamily)) : families.Select(HostAddress.EveryOf))
            .Select(address => new ImportedSocket(
                new PortKey { Transport = transport, Number = port.Number, Address = address }, port.Word.At));
}
