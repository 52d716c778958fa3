using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The sockets of a socket unit with their options.</summary>
internal sealed class UnitSockets(Importing importing, Unit unit)
{
    private const string Section = "Socket";
    private const string Datagram = "ListenDatagram";
    private const string SequentialPacket = "ListenSequentialPacket";

    private const int MostSockets = 200;

    private static readonly string[] Served = ["ListenStream", Datagram, SequentialPacket];

    private static readonly string[] NotServed =
        ["ListenFIFO", "ListenSpecial", "ListenNetlink", "ListenMessageQueue", "ListenUSBFunction"];

    private static readonly Dictionary<string, string> TypesOfService = new()
    {
        ["low-delay"] = "16", ["throughput"] = "8", ["reliability"] = "4", ["low-cost"] = "0",
    };

    /// <summary>The sockets; of one that cannot be served, a finding says why.</summary>
    public List<ImportedSocket> Read()
    {
        foreach (var entry in unit.All(Section, NotServed))
        {
            importing.Map.Lost(entry.Key.At, $"{entry.Key.Text}={entry.Value.Text} is not served here: leave it to systemd");
        }

        var listens = unit.All(Section, Served);
        if (listens.Count > MostSockets)
        {
            importing.Problems.Error(
                listens[MostSockets].Key.At, $"more than {MostSockets} sockets of one unit are not imported: divide it");
            return [];
        }

        var sockets = listens.Select(Socket).OfType<ImportedSocket>().ToList();
        var options = new UnitSocketOptions(importing.Map, unit);
        foreach (var socket in sockets)
        {
            options.Set(socket);
        }

        return sockets;
    }

    private ImportedSocket? Socket(UnitEntry entry)
    {
        var text = entry.Value.Text;
        if (text is ['@', ..] && text.IndexOf('@', 1) > 1)
        {
            importing.Map.Lost(entry.Value.At, $"'{text}' has a placeholder of a build: import the unit as it is installed");
            return null;
        }

        if (Specifiers.Expand(importing.Map, unit, entry.Value) is not { } address || TransportOf(entry, address) is not { } transport)
        {
            return null;
        }

        var key = PortNotation.Read(Notation(address), importing.Names, out var problem);
        if (key is null)
        {
            importing.Map.Lost(entry.Value.At, $"'{text}' is no socket here: {problem}");
            return null;
        }

        if (!key.Transport.IsVsock)
        {
            key = key with { Transport = transport };
        }

        var isEvery = key.Address is { } one && Platform.HostAddress.IsEvery(one) && key.HasIPv6;
        if (isEvery && unit.Last(Section, "BindIPv6Only")?.Text != "ipv6-only")
        {
            // An IPv6 socket on every address takes the clients of IPv4 as well.
            key = key with { Address = null };
        }

        var socket = new ImportedSocket(key, entry.Value.At);
        if (key.Transport.IsUnix && key.Transport != PortKeys.Type.Default)
        {
            socket.Set(PortKeys.Type, key.Transport.Word, entry.Key.At);
        }

        return socket;
    }

    // An address with a scope is written [v6]:port%dev there, and a bare port is an IPv6 socket.
    private string Notation(string address)
    {
        var zone = address.StartsWith('[') ? address.LastIndexOf('%') : -1;
        if (zone > 0 && address.IndexOf(']', StringComparison.Ordinal) is > 0 and var close && zone > close)
        {
            return $"{address[..close]}{address[zone..]}{address[close..zone]}";
        }

        var isPort = address.Length > 0 && address.All(char.IsAsciiDigit);
        return isPort && unit.Last(Section, "BindIPv6Only")?.Text == "ipv6-only" ? $"[::]:{address}" : address;
    }

    private Transport? TransportOf(UnitEntry entry, string address)
    {
        var isUnix = address is ['/' or '@', ..];
        var protocol = isUnix ? null : unit.Last(Section, "SocketProtocol");
        var transport = protocol is not null ? Transports.Named(protocol.Text, TransportFamily.Ip) : (entry.Key.Text, isUnix) switch
        {
            (Datagram, true) => Transport.UnixDatagram,
            (Datagram, _) => Transport.Udp,
            (SequentialPacket, true) => Transport.UnixSeqpacket,
            (SequentialPacket, _) => null,
            (_, true) => PortKeys.Type.Default,
            _ => (Transport?)Transports.OfBarePort,
        };
        if (transport is null || transport.Value.IsDatagram != (entry.Key.Text == Datagram))
        {
            importing.Map.Lost(
                entry.Value.At, $"{entry.Key.Text}={address}{(protocol is null ? "" : $" of {protocol.Text}")} is not served here: "
                    + "leave it to systemd");
            return null;
        }

        return transport;
    }

    /// <summary>The number of a type of service.</summary>
    public static string TypeOfService(string text) => TypesOfService.GetValueOrDefault(text, text);
}
