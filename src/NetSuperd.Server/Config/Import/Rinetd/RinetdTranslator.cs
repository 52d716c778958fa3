using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Rinetd;

/// <summary>Translates rinetd.conf: each line that forwards becomes a service with <c>forward</c>.</summary>
internal sealed class RinetdTranslator(Importing importing)
{
    // RINETD_DEFAULT_UDP_TIMEOUT
    private const string UsualTimeout = "72";

    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>Translates a file.</summary>
    public void Translate(SourceText source)
    {
        var reader = new RinetdReader(importing, source);
        var rules = reader.Read();
        if (rules.Count == 0 && reader.Broken > 0)
        {
            importing.Problems.Error(
                new Position(source),
                $"this is no configuration of rinetd: none of its lines forwards anything, and {reader.Broken} are none of rinetd");
            return;
        }

        var access = new RinetdAccess(importing.Map, reader.Clients);
        foreach (var rule in rules)
        {
            Translate(rule, access);
        }
    }

    private void Translate(RinetdRule rule, RinetdAccess access)
    {
        if (rule.IsDatagram != rule.IsTargetDatagram)
        {
            importing.Map.Lost(
                rule.Address.At,
                "the line passes datagrams on to a stream, or a stream to datagrams, and the daemon does not: socat(1) does");
            return;
        }

        var transport = rule.IsDatagram ? Transport.Udp : Transport.Tcp;
        if (ForeignAddress.Port(rule.Port.Text, transport.ServicesWord, importing.Names) is not { } port)
        {
            importing.Map.Lost(rule.Port.At, ForeignAddress.Unlisted(rule.Port.Text, "rinetd"));
            return;
        }

        if (AddressesOf(rule.Address) is not { Count: > 0 } addresses)
        {
            return;
        }

        var service = new ImportedService($"forward-{rule.Port.Text}", rule.Address.At);
        var named = addresses.All(HostAddress.IsEvery) && addresses.Any(address => address.Equals(IPAddress.IPv6Any)) ? [] : addresses;
        service.Sockets.AddRange(ForeignAddress.Sockets(transport, (port, rule.Port), named, BothFamilies));
        service.Set(ForwardKeys.Forward, ForeignTarget.Of(rule.Host.Text, rule.TargetPort.Text), rule.Host.At);
        if (ForeignTarget.IsName(rule.Host.Text))
        {
            importing.Map.ChangedOnce(
                rule.Host.At, "rinetd looked the name of a target up once, when it started; here it is looked up again and again");
        }

        SetOptions(rule, service);
        access.Set(service, rule.Clients, addresses);
        importing.Map.Add(service);
        ForeignHabits.Say(importing.Map, service);
    }

    private IReadOnlyList<IPAddress> AddressesOf(Word word)
    {
        var addresses = word.Text == "0" ? [IPAddress.Any] : ForeignAddress.Read(word, importing);
        if (addresses.Count == 0)
        {
            importing.Map.Lost(
                word.At, $"'{word.Text}' is no address and no name in /etc/hosts, so the line is left out: write the address");
        }
        else if (addresses.Count > 1)
        {
            importing.Map.Changed(
                word.At, $"rinetd listened on one address of '{word.Text}', the first that the system found: so the map has "
                    + $"{string.Join(" and ", addresses)}, of which one may be new");
        }

        return addresses;
    }

    private void SetOptions(RinetdRule rule, ImportedService service)
    {
        if (rule.IsDatagram)
        {
            var isGiven = rule.Timeout?.Text.TrimStart('0').Length > 0;
            var seconds = isGiven ? rule.Timeout! : rule.Port with { Text = UsualTimeout };
            service.Set(AdmissionKeys.IdleTimeout, $"{seconds.Text.TrimStart('0')}s", seconds.At);
        }
        else if (rule.Timeout is { } timeout)
        {
            importing.Map.Changed(timeout.At, "timeout had no effect for TCP, and is left out; idle_timeout is for both");
        }

        if (rule.Source is not { } source)
        {
            return;
        }

        if (ForeignAddress.Read(source, importing) is [var address, ..])
        {
            service.Set(ForwardKeys.Source, address.ToString(), source.At);
        }
        else
        {
            importing.Map.Lost(
                source.At, $"'{source.Text}' is no address and no name in /etc/hosts, so src is left out: write source");
        }
    }
}
