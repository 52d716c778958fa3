using System.Globalization;
using System.Net;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>Translates socket units with the services that they start.</summary>
internal sealed class SystemdTranslator(Importing importing)
{
    private const string SocketSuffix = ".socket";
    private const string ServiceSuffix = ".service";
    private const string Section = "Socket";

    // MaxConnections, and the triggers of a socket that accepts, in their time: systemd.socket(5).
    private const int MostConnections = 64;
    private const int MostTriggers = 200;
    private const long TriggerMilliseconds = 2000;

    private readonly UnitReader _reader = new(importing);
    private readonly HashSet<string> _translated = [];
    private readonly HashSet<string> _started = [];
    private readonly List<(string Name, Position At)> _alone = [];

    /// <summary>Translates a unit.</summary>
    public void Translate(SourceText source)
    {
        var (name, folders) = (Path.GetFileName(source.Name), UnitReader.FoldersOf(source));
        if (name.EndsWith(ServiceSuffix, StringComparison.Ordinal))
        {
            var socket = name[..^ServiceSuffix.Length].TrimEnd('@') + SocketSuffix;
            if (!folders.Any(folder => importing.Files.Shared(Path.Combine(folder, socket)) is not null))
            {
                _alone.Add((name, new Position(source, 1, 1)));
                return;
            }

            name = socket;
        }
        else if (!name.EndsWith(SocketSuffix, StringComparison.Ordinal))
        {
            importing.Map.Lost(new Position(source, 1, 1), $"{name} is no unit of a socket: name the .socket unit that it belongs to");
            return;
        }

        if (_translated.Add($"{folders[0]}/{name}") && _reader.Find(name, folders) is { } unit)
        {
            Translate(unit, folders);
        }
    }

    /// <summary>Says which services no socket unit of the import starts.</summary>
    public void Finish()
    {
        foreach (var (name, at) in _alone.Where(alone => !_started.Contains(alone.Name)))
        {
            importing.Map.Lost(
                at, $"no .socket unit of the import starts {name}: name that unit; a service that runs all the time without one stays with "
                    + "systemd, or start = \"always\" and fds = \"none\" run it here");
        }
    }

    private void Translate(Unit socket, IReadOnlyList<string> folders)
    {
        if (!socket.Entries.Exists(entry => entry.Section == Section))
        {
            importing.Problems.Error(socket.At, "this is no socket unit: it has no section [Socket]");
            return;
        }

        var sockets = new UnitSockets(importing, socket).Read();
        var accepts = socket.IsYes(Section, "Accept") == true && sockets.Exists(one => !one.Key.Transport.IsDatagram);
        var name = socket.Last(Section, "Service")?.Text ?? socket.Name[..^SocketSuffix.Length] + (accepts ? "@" : "") + ServiceSuffix;
        if (sockets.Count == 0)
        {
            importing.Map.Lost(socket.At, $"{socket.Name} has no socket that can be served here");
            return;
        }

        if (accepts && sockets.Find(one => one.Key.Transport.IsDatagram) is { } datagram)
        {
            importing.Map.Lost(
                datagram.At,
                $"{socket.Name} accepts connections, and {datagram.Text} has none, so systemd refused the unit: divide it in two");
            return;
        }

        if (_reader.Find(name, folders) is not { } program)
        {
            importing.Map.Lost(socket.At, $"there is no {name} beside {socket.Name}, so its program is not known: import both");
            return;
        }

        if (!_started.Add(name) && !accepts)
        {
            importing.Map.Changed(socket.At, $"{name} served several socket units with one process, and has one for each of them here");
        }

        var service = new ImportedService(socket.Name[..^SocketSuffix.Length], socket.At);
        service.Sockets.AddRange(sockets);
        new UnitProgram(importing, program).Set(service, accepts);
        if (!accepts)
        {
            service.Set(ServiceKeys.Wait, true, socket.Last(Section, "Accept")?.At ?? socket.At);
        }

        SetLimits(service, socket, accepts);
        SetAccess(service, socket, program);
        UnitRest.Say(importing.Map, socket);
        UnitRest.Say(importing.Map, program);
        importing.Map.Add(service);
        ForeignHabits.Say(importing.Map, service, hadStderr: service.Find(ServiceKeys.Fds) is null);
    }

    private void SetLimits(ImportedService service, Unit socket, bool accepts)
    {
        var (most, perSource) = (socket.Last(Section, "MaxConnections"), socket.Last(Section, "MaxConnectionsPerSource"));
        if (accepts)
        {
            service.Set(AdmissionKeys.MaxConnections, Number(most) is > 0 and var count ? count : MostConnections, most?.At ?? socket.At);
            if (Number(perSource) is > 0 and var each)
            {
                service.Set(AdmissionKeys.MaxPerSource, each, perSource!.At);
            }

            // systemd closes the connection of a client that is one too many.
            service.Set(AdmissionKeys.AtLimit, "refuse", most?.At ?? socket.At);
        }

        var (burst, interval) = (socket.Last(Section, "TriggerLimitBurst"), socket.Last(Section, "TriggerLimitIntervalSec"));
        var milliseconds = interval is null ? TriggerMilliseconds : UnitValues.Milliseconds(interval.Text);
        if (milliseconds is null)
        {
            importing.Map.Lost(interval!.At, $"'{interval.Text}' is no time that is understood here: correct the rate of the service");
            milliseconds = TriggerMilliseconds;
        }

        var triggers = burst is null ? MostTriggers : Number(burst) ?? 0;
        if ((accepts || burst is not null) && UnitValues.Rate(triggers, milliseconds.Value) is { } rate)
        {
            service.Set(AdmissionKeys.Rate, rate, burst?.At ?? interval?.At ?? socket.At);
        }

        foreach (var poll in (string[])["PollLimitBurst", "PollLimitIntervalSec"])
        {
            if (socket.Last(Section, poll) is { } limit)
            {
                importing.Map.Changed(limit.At, $"{poll} is left out: the daemon rests a socket whose program leaves its clients unread");
            }
        }
    }

    private static int? Number(Word? word) =>
        int.TryParse(word?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Sets the clients: what IPAddressAllow names is let in, and of the others not what IPAddressDeny names.</summary>
    private void SetAccess(ImportedService service, Unit socket, Unit program)
    {
        // Each unit has a filter of its own, and a client passes both.
        var filters = new List<(ForeignClients Allows, ForeignClients Denies, Position At)>();
        filters.AddRange(FilterOf(socket, Section));
        filters.AddRange(FilterOf(program, "Service"));
        if (filters.Count == 0)
        {
            return;
        }

        var decisions = ForeignAccess.Everyone.Concat(filters.SelectMany(filter => filter.Allows.All.Concat(filter.Denies.All))).Distinct()
            .ToDictionary(network => network, network => (
                filters.All(filter => filter.Allows.Match(network) == Certainty.Yes || filter.Denies.Match(network) == Certainty.No),
                filters[0].At));
        ForeignAccess.Set(importing.Map, service, decisions, "IPAddressAllow and IPAddressDeny");
        importing.Map.ChangedOnce(
            filters[0].At, "IPAddressAllow and IPAddressDeny are about clients here; the program itself may send to every address");
    }

    /// <summary>What a unit lets in and refuses; none: it refuses no client.</summary>
    private IEnumerable<(ForeignClients Allows, ForeignClients Denies, Position At)> FilterOf(Unit unit, string section)
    {
        var denied = unit.All(section, "IPAddressDeny").SelectMany(UnitWords.Split).ToList();
        if (denied.Count == 0)
        {
            return [];
        }

        var (allows, denies) = (new ForeignClients(), new ForeignClients());
        allows.Add(unit.All(section, "IPAddressAllow").SelectMany(UnitWords.Split).SelectMany(Networks));
        denies.Add(denied.SelectMany(Networks));
        return [(allows, denies, denied[0].At)];
    }

    private IEnumerable<IPNetwork> Networks(Word word)
    {
        var (host, length) = word.Text.Split('/') is [var address, var bits] ? (address, bits) : (word.Text, null);
        switch (host)
        {
            case "any":
                return ForeignAccess.Everyone;
            case "localhost":
                return [new IPNetwork(new IPAddress([127, 0, 0, 0]), 8), .. ForeignAccess.LocalHost.Skip(1)];
            case "link-local":
                return [ForeignAccess.Network(IPAddress.Parse("169.254.0.0"), 16), ForeignAccess.Network(IPAddress.Parse("fe80::"), 64)];
            case "multicast":
                return [ForeignAccess.Network(IPAddress.Parse("224.0.0.0"), 4), ForeignAccess.Network(IPAddress.Parse("ff00::"), 8)];
            default:
                if (PeerNotation.TryParse(host, out var parsed)
                    && (length is null ? ForeignAccess.BitsOf(parsed) : ForeignAccess.Length(length, parsed)) is { } known)
                {
                    return [ForeignAccess.Network(parsed, known)];
                }

                importing.Map.Lost(word.At, $"'{word.Text}' is no address, so systemd left it out: write a prefix such as 10.0.0.0/8");
                return [];
        }
    }
}
