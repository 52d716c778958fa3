using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of peers: <c>192.0.2.1</c>, <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, <c>uid:1000</c>, <c>gid:adm</c>, <c>vsock:3</c>. The
/// notation of another program gets an answer that says what to write here: a rule that its author misunderstands admits the wrong client.
/// </summary>
internal static partial class PeerNotation
{
    public const string Text = "an address such as \"192.0.2.1\", a prefix such as \"10.0.0.0/8\" or \"2001:db8::/32\", "
        + "\"uid:NAME\", \"gid:NAME\" or \"vsock:CID\"";

    private const string User = "uid:";
    private const string Group = "gid:";

    // IPv4 in IPv6 is ::ffff:0:0/96, RFC 4291 2.5.5.2.
    private const int MappedBits = 96;

    /// <summary>Reads a peer; null, and the problem as it follows the key in a message, where it is malformed.</summary>
    public static PeerRule? Read(string text, Position at, NameCache names, out string problem)
    {
        problem = "";
        return text.StartsWith(User, StringComparison.Ordinal)
                ? Identity(text[User.Length..], "user", names.User, ref problem) is { } user
                    ? new PeerRule($"{User}{user}", at) { UserId = user }
                    : null
            : text.StartsWith(Group, StringComparison.Ordinal)
                ? Identity(text[Group.Length..], "group", names.Group, ref problem) is { } group
                    ? new PeerRule($"{Group}{group}", at) { GroupId = group }
                    : null
            : VsockNotation.IsPeer(text) ? Vsock(text, at, ref problem)
            : Network(text, at, ref problem);
    }

    private static PeerRule? Vsock(string text, Position at, ref string problem)
    {
        problem = VsockNotation.ReadPeer(text, out var cid) ?? "";
        return problem.Length == 0 ? new PeerRule(VsockNotation.PeerOf(cid), at) { IsVsock = true, Cid = cid } : null;
    }

    private static uint? Identity(string name, string noun, Func<string, uint?> find, ref string problem)
    {
        var id = name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) ? null
            : name.AsSpan().ContainsAnyExceptInRange('0', '9') ? find(name)
            : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : NameCache.NoId;
        problem = id is null ? NameCache.Unknown(noun, name)
            : id == NameCache.NoId ? $"the number of a {noun} is from 0 to {NameCache.NoId - 1}"
            : "";
        return problem.Length == 0 ? id : null;
    }

    private static PeerRule? Network(string text, Position at, ref string problem)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (host, bits) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        if (!TryParse(host, out var address))
        {
            problem = Misspelt(text, host, bits);
            return null;
        }

        var most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (Length(bits, most) is not { } length)
        {
            problem = Prefix(address, most, bits!);
            return null;
        }

        var network = Masked(address, length);
        if (address.IsIPv4MappedToIPv6 && length >= MappedBits)
        {
            var bitsOfFour = length - MappedBits;
            problem = $"IPv4 peers are IPv4 on every socket; write \"{Spell(Masked(address.MapToIPv4(), bitsOfFour), bitsOfFour)}\"";
            return null;
        }

        if (!network.Equals(address))
        {
            problem = $"'{text}' has bits beyond its prefix; write \"{Spell(network, length)}\" or \"{address}\"";
            return null;
        }

        return new PeerRule(Spell(address, length), at) { Network = new System.Net.IPNetwork(address, length) };
    }

    /// <summary>Reads an address. .NET would accept more: brackets, zones, and IPv4 with missing, octal or hexadecimal parts.</summary>
    public static bool TryParse(string host, out IPAddress address) =>
        IPAddress.TryParse(host, out address!)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == host : !host.AsSpan().ContainsAny('[', '%'));

    private static int? Length(string? bits, int most) =>
        bits is null ? most
        : bits is not ("0" or [>= '1' and <= '9', ..]) ? null
        : int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= most ? length
        : null;

    /// <summary>The address without the bits beyond a prefix.</summary>
    public static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] &= (byte)(0xff00 >> Math.Clamp(length - (at * 8), 0, 8));
        }

        return new IPAddress(bytes);
    }

    /// <summary>The prefix as a map has it.</summary>
    public static string Spell(IPAddress address, int length) =>
        length == address.GetAddressBytes().Length * 8
            ? address.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{address}/{length}");

    private static string Prefix(IPAddress address, int most, string bits)
    {
        if (most == 32 && TryParse(bits, out var mask) && mask.AddressFamily == AddressFamily.InterNetwork)
        {
            var number = BitConverter.ToUInt32([.. mask.GetAddressBytes().Reverse()]);
            var length = BitOperations.LeadingZeroCount(~number);
            return BitOperations.PopCount(number) != length ? $"'{bits}' is not a netmask; write the length of the prefix, such as /24"
                : "a prefix is written with its length: "
                    + $"\"{Spell(Masked(address, length), length)}\"{(length == 32 ? "" : $" is /{length}")}";
        }

        return $"the prefix of an {(most == 32 ? "IPv4" : "IPv6")} address has a length from 0 to {most}, not '{bits}'";
    }

    private static string Misspelt(string text, string host, string? bits) => text.ToLowerInvariant() switch
    {
        "*" or "all" or "any" or "everyone" or "everybody" =>
            "write \"0.0.0.0/0\" for every IPv4 address and \"::/0\" for every IPv6 address",
        "localhost" => "host names are not looked up; write \"127.0.0.0/8\" and \"::1\"",
        ['u', 's', 'e', 'r', ':', .. var name] => $"write \"{User}{name}\"",
        ['g', 'r', 'o', 'u', 'p', ':', .. var name] => $"write \"{Group}{name}\"",
        ['u' or 'g', 'i', 'd', ':', ..] => $"write \"{text[..4].ToLowerInvariant()}{text[4..]}\"",
        _ when host.Contains('%', StringComparison.Ordinal) =>
            $"an entry holds on every network interface; leave out '{host[host.IndexOf('%', StringComparison.Ordinal)..]}'",
        _ when Brackets().Match(host) is { Success: true } inner =>
            IPAddress.TryParse(inner.Groups[1].Value, out _) && inner.Groups[2].Length == 0
                ? $"write the address without brackets: \"{inner.Groups[1].Value}{(bits is null ? "" : "/" + bits)}\""
                : "a peer has no port here; write its address alone",
        _ when Ported().IsMatch(host) => "a peer has no port here; write its address alone",
        _ when Range().IsMatch(text) => "ranges are not supported; write the prefixes that make up the range",
        _ when Short().Match(text) is { Success: true } part && Whole(part) is { } whole =>
            $"write all four numbers of the address: \"{whole}\"",
        _ when Dotted().IsMatch(host) && IPAddress.TryParse(host, out var meant) =>
            $"'{host}' would mean {meant}; write the numbers as decimals without leading zeros",
        _ when Dotted().IsMatch(host) || host.Contains(':', StringComparison.Ordinal) || host.Length == 0 =>
            $"'{text}' is not an address; a peer is {Text}",
        _ => $"'{text}' is not an address, and host names are not looked up; a peer is {Text}",
    };

    // 10. and 192.168.1.* of hosts_access(5), and 10/8 and 10.0.
    private static string? Whole(Match part)
    {
        var numbers = part.Groups[1].Value.Split('.');
        var address = string.Join('.', numbers.Concat(Enumerable.Repeat("0", 4 - numbers.Length)));
        var bits = part.Groups[2] is { Success: true, Value: var written } ? written : $"{numbers.Length * 8}";
        return TryParse(address, out var parsed) && Length(bits, 32) is { } length
            ? Spell(Masked(parsed, length), length)
            : null;
    }

    [GeneratedRegex(@"\A([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:\.|(?:\.\*){1,3})?(?:/([0-9]+))?\z")]
    private static partial Regex Short();

    [GeneratedRegex(@"\A[0-9a-fx]+(?:\.[0-9a-fx]+){3}\z", RegexOptions.IgnoreCase)]
    private static partial Regex Dotted();

    [GeneratedRegex(@"\A\[([^\]]*)\](.*)\z")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\A[0-9.]+:[0-9]+\z")]
    private static partial Regex Ported();

    [GeneratedRegex(@"\A(?=[^-]*[.:])[0-9a-f.:]+ *- *[0-9a-f.:]+\z")]
    private static partial Regex Range();
}
