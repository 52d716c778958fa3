using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>The sockets of an entry of inetd.conf.</summary>
internal sealed class InetdSockets(Importing importing)
{
    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private bool? _listensOnBoth;

    /// <summary>Adds the sockets; false after a finding: there is none.</summary>
    public bool Add(ImportedService service, InetdEntry entry)
    {
        if (entry.IsUnix)
        {
            InetdUnix.AddSocket(importing, service, entry);
            return true;
        }

        var parts = entry.Protocol.Text.Split('/');
        var (protocol, options) = (parts[0], parts[1..]);
        if (parts.Contains("faith"))
        {
            entry.Lost(
                importing.Map,
                $"a socket of '{entry.Protocol.Text}' took only connections that faith(4) translated, and none here does that");
            return false;
        }

        var transport = protocol.Length < 3 ? null : Transports.Named(protocol[..3], TransportFamily.Ip);
        var families = transport is null ? null : FamiliesOf(protocol[3..], entry);
        if (families is null || transport!.Value.IsDatagram != entry.IsDatagram)
        {
            entry.Lost(importing.Map, families is null
                ? $"protocol '{entry.Protocol.Text}' is not served here: let the program run by itself"
                : $"'{entry.Type.Text}' and '{entry.Protocol.Text}' do not fit together, so inetd could not open the socket");
            return false;
        }

        if (ForeignAddress.Port(entry.Service.Text, protocol[..3], importing.Names) is not { } port)
        {
            entry.Lost(importing.Map, ForeignAddress.Unlisted(entry.Service.Text, "inetd"));
            return false;
        }

        service.Sockets.AddRange(ForeignAddress.Sockets(transport!.Value, (port, entry.Service), entry.Addresses, families));
        if (service.Sockets.Count == 0)
        {
            var addresses = string.Join(", ", entry.Addresses);
            entry.Lost(
                importing.Map,
                $"'{service.Name}' is left out: {addresses} is no address of '{protocol}', so inetd could not open its socket");
            return false;
        }

        SayOptions(entry, options);
        SayFamilies(entry, protocol, families);
        service.Sockets.ForEach(socket => SetBuffers(socket, entry));
        return true;
    }

    private AddressFamily[]? FamiliesOf(string digit, InetdEntry entry) => digit switch
    {
        "" when ListensOnBoth(entry) => BothFamilies,
        "" or "4" => [AddressFamily.InterNetwork],
        "6" or "6only" => [AddressFamily.InterNetworkV6],
        "46" or "64" => BothFamilies,
        _ => null,
    };

    private void SayOptions(InetdEntry entry, string[] options)
    {
        foreach (var option in options)
        {
            entry.Lost(importing.Map, $"'/{option}' of the protocol is left out: no socket here has it");
        }
    }

    private void SayFamilies(InetdEntry entry, string protocol, AddressFamily[] families)
    {
        if (protocol.Length == 3 && families.Length == 1 && !entry.IsOff)
        {
            importing.Map.ChangedOnce(
                entry.Protocol.At,
                "'tcp' and 'udp' without a digit are IPv4 only, as in most inetds; where yours listens on IPv6 as well (openbsd-inetd of "
                + "Debian since 2022, which is not known here), write the port without an address: 79 instead of \"0.0.0.0:79\"");
        }

        if (protocol.EndsWith("46", StringComparison.Ordinal) && !entry.IsOff)
        {
            importing.Map.ChangedOnce(
                entry.Protocol.At,
                $"the program behind '{entry.Protocol.Text}' sees an IPv4 client with its own address and no longer as ::ffff:192.0.2.1");
        }
    }

    // An address says itself which family it is of.
    private bool ListensOnBoth(InetdEntry entry) =>
        entry.Addresses.Count > 0 || (_listensOnBoth ??= DebianInetd.ListensOnBoth(importing.Packages));

    private static void SetBuffers(ImportedSocket socket, InetdEntry entry)
    {
        Set(PortKeys.ReceiveBuffer, entry.ReceiveBuffer);
        Set(PortKeys.SendBuffer, entry.SendBuffer);

        void Set(Key<Port> key, Word? size)
        {
            if (size is not null)
            {
                socket.Set(key, ForeignSize.Of(size.Text), size.At);
            }
        }
    }
}
