using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of a target of a forward: <c>10.0.0.5:80</c>, <c>[2001:db8::1]:https</c>, <c>db.internal:5432</c>, <c>/run/app.sock</c>,
/// <c>@app</c>, <c>service:app</c>. A name is looked up when a client comes, and not here.
/// </summary>
internal static partial class TargetNotation
{
    /// <summary>What the name of a service stands after. In <c>service:80</c> it is the name of a host.</summary>
    public const string OfService = "service:";

    private const string Example = "write a target such as \"10.0.0.5:80\", \"db.internal:5432\" or \"/run/app.sock\"";

    // Of a name in the DNS (RFC 1035, 2.3.4).
    private const int MostOfAName = 253;

    /// <summary>Reads a target; null, and the problem, where it is malformed.</summary>
    public static ForwardTarget? Read(string text, NameCache names, out string? problem)
    {
        if (text is ['/', ..] or ['@', ..])
        {
            var key = PortNotation.Read(text, names, out var wrong);
            problem = key is null ? wrong : null;
            return key is null ? null : new ForwardTarget(UnixEnd(key.Socket));
        }

        if (text.StartsWith(OfService, StringComparison.Ordinal) && !text[OfService.Length..].All(char.IsAsciiDigit))
        {
            var name = text[OfService.Length..];
            problem = ServiceName.IsValid(name) ? null : $"the name of a service has {ServiceName.Rule}; '{name}' has not";

            // Its socket is known when all entries of [ports] are (ForwardedServices).
            return problem is null ? new ForwardTarget(new DnsEndPoint(name, 0)) { Service = name } : null;
        }

        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        problem = text.Contains("://", StringComparison.Ordinal) ? $"'{text}' is not a target; {Example}"
            : text.Length == 0 ? $"a target is missing; {Example}"
            : text[0] == '.' || (colon < 0 && text.Contains('/', StringComparison.Ordinal))
                ? $"the path of a unix socket must be absolute, such as \"/run/app.sock\"; '{text}' is not"
            : host.Length > 0 && host[0] != '[' && IPAddress.TryParse(text, out _) && host.Contains(':', StringComparison.Ordinal)
                ? $"write an IPv6 address in brackets, with a port: \"[{text}]:PORT\""
            : colon < 0 || port.Length == 0 || text[^1] == ']' ? $"'{text}' has no port; {Example}"
            : null;
        return problem is null && PortOf(port, names, out problem) is { } number ? OfHost(host, number, out problem) : null;
    }

    private static UnixDomainSocketEndPoint UnixEnd(string name) => new(name[0] == '@' ? $"\0{name[1..]}" : name);

    private static int? PortOf(string text, NameCache names, out string? problem)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        int? port = isNumber ? number : names.Port(text, Transport.Tcp.Word);
        problem = port is null ? $"there is no port '{text}' in services(5); write its number"
            : port is < 1 or > ushort.MaxValue ? $"a port is from 1 to {ushort.MaxValue}, and '{text}' is not"
            : null;
        return problem is null ? port : null;
    }

    private static ForwardTarget? OfHost(string host, int port, out string? problem)
    {
        var isBracketed = host is ['[', .., ']'];
        var bare = isBracketed ? host[1..^1] : host;
        var isAddress = IPAddress.TryParse(bare, out var address);
        problem = isBracketed && !(isAddress && bare.Contains(':', StringComparison.Ordinal)) ? $"'{bare}' is not an IPv6 address"
            : host.Length == 0 ? $"a target has an address or a name before its port: \"127.0.0.1:{port}\""
            : !isBracketed && host.Contains(':', StringComparison.Ordinal) ? $"write an IPv6 address in brackets: \"[{host}]:{port}\""
            : !isAddress ? NameProblem(bare)
            : address!.IsIPv4MappedToIPv6 ? $"write \"{address.MapToIPv4()}:{port}\""
            : !isBracketed && address.ToString() != bare ? $"'{bare}' would mean {address}; write \"{address}:{port}\""
            : HostAddress.IsEvery(address) ? $"'{bare}' stands for every address of a host; write the address of the target"
            : HostAddress.IsGroup(address) || address.Equals(IPAddress.Broadcast) ? $"'{bare}' is not the address of one host"
            : null;
        return problem is not null ? null
            : isAddress ? new ForwardTarget(new IPEndPoint(address!, port))
            : new ForwardTarget(new DnsEndPoint(bare.ToLowerInvariant(), port));
    }

    private static string? NameProblem(string host) =>
        Name().IsMatch(host) && host.Length <= MostOfAName ? null
        : $"'{host}' is neither an address nor the name of a host; {Example}";

    // A name that ends in a number would be an address with a mistake in it (RFC 1123, 2.1).
    [GeneratedRegex(@"\A(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.?\z")]
    private static partial Regex Name();
}
