using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of a socket: <c>7</c>, <c>7/udp</c>, <c>finger</c>, <c>192.0.2.1:21</c>, <c>[2001:db8::1]:21</c>, with <c>/tcp</c>,
/// <c>/udp</c> or another transport, <c>/run/demo.sock</c>, <c>@demo</c>; an entry may have several ports,
/// <c>192.0.2.1:ftp,8000-8010</c>. A raw socket has a protocol instead of a port: <c>icmp/raw</c>; a socket of vsock(7) is
/// <c>vsock:7001</c> or <c>vsock:3:7001</c>. The notation of another program gets an answer of its own that says what to write.
/// </summary>
internal static partial class PortNotation
{
    /// <summary>Reads a socket, unix sockets as streams; null, and the problem, where it is malformed.</summary>
    public static PortKey? Read(string text, NameCache names, out string problem)
    {
        var entry = ReadEntry(text, names, out problem);
        problem = entry is { Ports.Count: > 1 } ? $"'{text}' is several sockets; write one of them, such as {entry.First}" : problem;
        return problem.Length == 0 ? entry?.First : null;
    }

    /// <summary>Reads the key of an entry, which may be several sockets; null, and the problem, where it is malformed.</summary>
    public static EntryKey? ReadEntry(string text, NameCache names, out string problem)
    {
        problem = "";
        var outcome = text switch
        {
            "" => Outcome.Wrong("a socket is missing; write a port such as 7"),
            ['/', ..] or ['@', ..] => Unix(text),
            _ when VsockNotation.IsSocket(text) => Vsock(text, names),
            _ when Foreign().IsMatch(text) =>
                Outcome.Wrong("netlink sockets, FIFOs and message queues are not served: no client connects to them"),
            _ => Ip(text, names),
        };
        problem = outcome.Problem ?? "";
        return outcome.Key is { } key ? new EntryKey(key with { Number = outcome.Ports[0] }, outcome.Ports) : null;
    }

    private static Outcome Unix(string text)
    {
        var path = text[0] == '@' ? text : Slashes().Replace(text, "/");
        var bytes = Encoding.UTF8.GetByteCount(path) - (text[0] == '@' ? 1 : 0);
        return path.Contains('\0', StringComparison.Ordinal) ? Outcome.Wrong("the name of a unix socket must not hold a NUL character")
            : path == "@" ? Outcome.Wrong("an abstract unix socket needs a name, such as \"@demo\"")
            : path[0] == '/' && Path.GetFileName(path) is "" or "." or ".."
                ? Outcome.Wrong($"'{text}' is a folder; a unix socket is a path such as \"/run/demo.sock\"")
            : bytes > SystemLimits.MostUnixNameBytes
                ? Outcome.Wrong($"the name of a unix socket has at most {SystemLimits.MostUnixNameBytes} bytes, and this one has {bytes}")
            : new Outcome(new PortKey { Transport = PortKeys.Type.Default, Path = path }, [0]);
    }

    private static Outcome Vsock(string text, NameCache names)
    {
        var problem = VsockNotation.Read(text, names, out var cid, out var ports);
        return problem is null ? new Outcome(new PortKey { Transport = Transport.Vsock, Cid = cid }, ports) : Outcome.Wrong(problem);
    }

    private static Outcome Ip(string text, NameCache names)
    {
        var slash = text.LastIndexOf('/');
        var (socket, word) = slash < 0 ? (text, Transports.OfBarePort.Word) : (text[..slash], text[(slash + 1)..]);
        if (Transports.Named(word, TransportFamily.Ip) is not { } transport)
        {
            var lower = word.ToLowerInvariant();
            return Outcome.Wrong(
                socket == Transports.OfProtocols.Word ? $"the transport follows the protocol: \"{word}/{socket}\""
                : lower == Transports.OfProtocols.Word ? $"write \"{socket}/{lower}\": the transport is in lower case"
                : Digits().IsMatch(word) && Transports.IpWords.Contains(socket) ? $"the transport follows the port: \"{word}/{socket}\""
                : Transports.IpWords.Contains(lower) ? $"write \"{socket}/{lower}\": the transport is in lower case"
                : VsockNotation.IsSocket(lower) ? $"write a socket of vsock(7) as \"{lower}:{socket}\""
                : socket.Contains('/', StringComparison.Ordinal) || text[0] == '.' || word.Contains('.', StringComparison.Ordinal)
                    ? $"the path of a unix socket must be absolute, such as \"/run/{word}\""
                : $"unknown transport '{word}'; write {Transports.IpWordsFor(socket)}");
        }

        if (text[0] == '.')
        {
            return Outcome.Wrong("the path of a unix socket must be absolute, such as \"/run/demo.sock\"");
        }

        var suffix = slash < 0 ? "" : "/" + word;
        return !Colons().IsMatch(socket) && socket.AsSpan().ContainsAny(':', '[') ? Address(socket, transport, suffix, names)
            : StrayedName(socket, transport, suffix) is { } strayed ? Outcome.Wrong(strayed)
            : Ports(socket, transport, names, null, (ports, other) => Spelt(ports + Suffix(suffix, other)));
    }

    private static Outcome Ports(
        string text, Transport transport, NameCache names, IPAddress? address, Func<string, string?, string> spell) =>
        ReadPorts(text, transport, names, address, spell, out var ports) is { } problem
            ? Outcome.Wrong(problem)
            : new Outcome(new PortKey { Transport = transport, Address = address }, ports);

    private static string? ReadPorts(
        string text, Transport transport, NameCache names, IPAddress? address, Func<string, string?, string> spell,
        out IReadOnlyList<uint> ports)
    {
        if (!transport.IsRaw)
        {
            return PortListNotation.Read(text, transport, names, spell, out ports);
        }

        var problem = ProtocolNotation.Read(text, address, names, other => spell(other, null), out var protocol);
        ports = [(uint)protocol];
        return problem;
    }

    private static string Suffix(string own, string? other) => other is null ? own : $"/{other}";

    private static string Spelt(string key) => Digits().IsMatch(key) ? key : $"\"{key}\"";

    /// <summary>What stands where a bare port should, but is another thing; null: it may be a port.</summary>
    private static string? StrayedName(string name, Transport transport, string suffix) =>
        name.Length == 0 && transport.IsRaw ? "a protocol is missing before '/raw'; write a protocol such as \"icmp/raw\""
        : name.Length == 0 ? $"a port is missing before '/{transport.Word}'; write a port such as \"7/{transport.Word}\""
        : name == "*" ? "a port is missing; a bare port such as 21 means every address"
        : !Digits().IsMatch(name) && IPAddress.TryParse(name, out var address) && address.ToString() == name
            ? NeedsPort(name, transport, suffix)
        : name.EndsWith(".sock", StringComparison.Ordinal) ? $"the path of a unix socket must be absolute, such as \"/run/{name}\""
        : null;

    private static string NeedsPort(string address, Transport transport, string suffix) => transport.IsRaw
        ? $"an address needs a protocol: \"{address}:PROTOCOL{suffix}\""
        : $"an address needs a port: \"{address}:PORT{suffix}\"";

    private static Outcome Address(string socket, Transport transport, string suffix, NameCache names)
    {
        var colon = socket.LastIndexOf(':');
        var bracketed = socket[0] == '[';
        if (bracketed && socket.EndsWith(']'))
        {
            return Outcome.Wrong(NeedsPort(socket, transport, suffix));
        }

        if (!bracketed && socket.IndexOf(':') != colon)
        {
            var example = IPAddress.TryParse(socket, out _) ? $"[{socket}]:PORT" : $"[{socket[..colon]}]{socket[colon..]}";
            return Outcome.Wrong($"write an IPv6 address in brackets: \"{example}{suffix}\"");
        }

        if (colon < 1 || (bracketed && socket[colon - 1] != ']'))
        {
            return Outcome.Wrong(colon == 0
                ? $"an address is missing; a bare port such as {Spelt(socket[1..] + suffix)} means every address"
                : "an address and a port are written as \"192.0.2.1:21\" or \"[2001:db8::1]:21\"");
        }

        var (host, port) = (bracketed ? socket[1..(colon - 1)] : socket[..colon], socket[(colon + 1)..]);
        return port.Length == 0 ? Outcome.Wrong(NeedsPort(socket[..colon], transport, suffix))
            : Host(host, bracketed, port, transport, names, out var address, out var zone) is { } problem ? Outcome.Wrong(problem)
            : Zoned(Ports(
                port, transport, names, address,
                (ports, other) => $"\"{socket[..(colon + 1)]}{ports}{Suffix(suffix, other)}\""), zone);
    }

    private static Outcome Zoned(Outcome outcome, string? zone) =>
        outcome.Key is { } key && zone is not null ? outcome with { Key = key with { Zone = zone } } : outcome;

    private static string? Host(
        string host, bool bracketed, string port, Transport transport, NameCache names, out IPAddress? address, out string? zone)
    {
        zone = null;
        var suffix = transport == Transports.OfBarePort ? "" : $"/{transport.Word}";
        if (host is "*" or "")
        {
            address = null;
            return $"write {Spelt(port + suffix)}: a bare port means every address";
        }

        // The interface is looked up when the socket is bound. .NET would look it up here, and accept another pair of brackets.
        var percent = host.IndexOf('%');
        var (bare, name) = percent < 0 ? (host, null) : (host[..percent], host[(percent + 1)..]);
        if (!IPAddress.TryParse(bare, out address)
            || host[0] == '['
            || (name is not null && address.AddressFamily == AddressFamily.InterNetwork))
        {
            return bracketed ? $"'{host}' is not an IPv6 address"
                : $"'{host}' is not an address; host names are not looked up, write an address such as \"127.0.0.1:{port}{suffix}\"";
        }

        var six = address.AddressFamily == AddressFamily.InterNetworkV6;
        zone = name is null || !HostAddress.NeedsInterface(address) ? null
            : names.InterfaceOf(name) is > 0 and var index ? names.InterfaceName(index)
            : name;
        return six != bracketed ? $"brackets are for IPv6 addresses; write \"{host}:{port}{suffix}\""
            : !six && address.ToString() != host ? $"'{host}' would mean {address}; write \"{address}:{port}{suffix}\""
            : address.Equals(IPAddress.Broadcast)
                ? $"'{bare}' is the broadcast address, which no host has: its datagrams arrive on a socket for every address; write a bare "
                + $"port such as {Spelt(port + suffix)}, or an address of this host"
            : HostAddress.IsGroup(address) && !transport.IsDatagram
                ? $"'{bare}' is a multicast group, to which only datagrams are sent; write \"{(bracketed ? $"[{host}]" : host)}:{port}/"
                + $"{Transport.Udp.Word}\""
            : !six ? null
            : address.IsIPv4MappedToIPv6 ? $"an IPv6 socket takes no IPv4 connections; write \"{address.MapToIPv4()}:{port}{suffix}\""
            : name is not null && !PortKeys.IsDevice(name)
                ? $"'{name}' cannot name a network interface; such a name has 1 to 15 characters, as in \"eth0\""
            : name is not null && address.Equals(IPAddress.IPv6Any) ?
                $"every address of one network interface is a socket option; write \"[::]:{port}{suffix}\" = "
                + $"{{ service = \"NAME\", device = \"{name}\" }}"
            : name is not null && address.IsIPv6Multicast && !HostAddress.NeedsInterface(address)
                ? $"the network interface of a wider group is a socket option; write \"[{bare}]:{port}{suffix}\" = "
                + $"{{ service = \"NAME\", device = \"{name}\" }}"
            : name is null && HostAddress.NeedsInterface(address)
                ? $"a link-local {(address.IsIPv6Multicast ? "group" : "address")} needs its network interface: "
                + $"\"[{host}%eth0]:{port}{suffix}\""
            : null;
    }

    private readonly record struct Outcome(PortKey? Key, IReadOnlyList<uint> Ports, string? Problem = null)
    {
        public static Outcome Wrong(string problem) => new(null, [], problem);
    }

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();

    // What systemd.socket(5) can listen on beside sockets.
    [GeneratedRegex(@"\A(?:netlink|fifo|mqueue)(?::.*)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Foreign();

    // A range as some programs write it, which has no address.
    [GeneratedRegex(@"\A[0-9]+ *: *[0-9]+\z")]
    private static partial Regex Colons();

    // The kernel reads // and /./ as /; .. is left alone, because a symbolic link before it changes its meaning.
    [GeneratedRegex(@"/(?:\.?/)+")]
    private static partial Regex Slashes();
}
