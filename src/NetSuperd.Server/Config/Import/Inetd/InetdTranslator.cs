using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>Translates inetd.conf.</summary>
internal sealed class InetdTranslator(Importing importing)
{
    // The starts in a minute of inetd of OpenBSD, Debian and FreeBSD (-R), and of NetBSD.
    private const string UsualRate = "256/min";
    private const string RateOfNetBsd = "40/min";

    private static readonly AddressFamily[] BothFamilies = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private static readonly Dictionary<string, string> Internals = new()
    {
        ["echo"] = "echo", ["discard"] = "discard", ["sink"] = "discard", ["chargen"] = "chargen", ["ttytst"] = "chargen",
        ["daytime"] = "daytime", ["time"] = "time", ["timserver"] = "time", ["qotd"] = "qotd", ["quote"] = "qotd",
        ["tcpmux"] = "tcpmux", ["auth"] = "ident", ["ident"] = "ident",
        ["7"] = "echo", ["9"] = "discard", ["13"] = "daytime", ["19"] = "chargen", ["37"] = "time", ["1"] = "tcpmux",
    };

    private static readonly string[] TypesOfIp = ["stream", "dgram"];

    private readonly List<(ImportedService Service, string Name)> _behindTcpmux = [];
    private ImportedService? _tcpmux;
    private bool? _listensOnBoth;
    private string _rate = UsualRate;
    private Func<InetdEntry, Word?> _asked = _ => null;

    /// <summary>Translates a file.</summary>
    public void Translate(SourceText source)
    {
        var reader = new InetdReader(importing, source);
        var entries = reader.Read();
        if (entries.Count == 0 && reader.Broken > 0)
        {
            importing.Problems.Error(new Position(source), $"this is no inetd.conf: none of its {reader.Broken} lines is an entry of one");
            return;
        }

        _rate = reader.IsNetBsd ? RateOfNetBsd : UsualRate;
        _asked = reader.IsNetBsd ? InetdLibwrap.NameInNetBsd : reader.IsFreeBsd ? InetdLibwrap.NameInFreeBsd : _ => null;

        // What is active comes first: a disabled entry for the same socket is left out.
        foreach (var entry in entries.OrderBy(entry => entry.IsOff))
        {
            if (Service(entry) is { } service && service != _tcpmux)
            {
                importing.Map.Add(service);
            }
        }

        AddTcpmux();
    }

    private ImportedService? Service(InetdEntry entry)
    {
        if (entry.Protocol.Text.StartsWith("rpc/", StringComparison.Ordinal))
        {
            Lost(
                entry,
                $"'{entry.Service.Text}' is a service of Sun RPC, for which no port is fixed: let the program run by itself, with "
                + "rpcbind(8)");
            return null;
        }

        if (entry.IsUnix ? InetdUnix.TransportOf(entry) is null : !TypesOfIp.Contains(entry.Type.Text))
        {
            Lost(entry, $"no service has sockets of type {entry.Type.Text} here: let the program run by itself");
            return null;
        }

        var service = new ImportedService(NameOf(entry), entry.At);
        if (entry.HostName is not null || (!entry.IsTcpmux && !AddSockets(service, entry)))
        {
            return null;
        }

        service.Wrapped = _asked(entry);
        return entry.IsInternal ? Internal(service, entry) : External(service, entry);
    }

    private void Lost(InetdEntry entry, string message)
    {
        if (entry.IsOff)
        {
            importing.Map.Off(entry.At, $"{message}; it was disabled");
        }
        else
        {
            importing.Map.Lost(entry.At, message);
        }
    }

    private static string NameOf(InetdEntry entry)
    {
        var text = entry.IsTcpmux ? entry.Service.Text["tcpmux/".Length..].TrimStart('+') : entry.Service.Text;
        return entry.IsInternal && Internals.TryGetValue(text, out var handler) ? handler
            : entry.IsUnix ? Path.GetFileNameWithoutExtension(text)
            : text is not [>= '0' and <= '9', ..] ? text
            : Path.GetFileName(entry.Program.Text) is "tcpd" && entry.Argv is [var daemon, ..] ? Path.GetFileName(daemon.Text)
            : Path.GetFileName(entry.Program.Text);
    }

    private bool AddSockets(ImportedService service, InetdEntry entry)
    {
        if (entry.IsUnix)
        {
            InetdUnix.AddSocket(importing, service, entry);
            return true;
        }

        var protocol = entry.Protocol.Text.Split('/')[0];
        var transport = protocol.Length < 3 ? null : Transports.Named(protocol[..3], TransportFamily.Ip);
        AddressFamily[]? families = transport is null ? null : protocol[3..] switch
        {
            "" when ListensOnBoth(entry) => BothFamilies,
            "" or "4" => [AddressFamily.InterNetwork],
            "6" or "6only" => [AddressFamily.InterNetworkV6],
            "46" or "64" => BothFamilies,
            _ => null,
        };
        if (families is null || transport!.Value.IsDatagram != (entry.IsDatagram))
        {
            Lost(entry, families is null
                ? $"protocol '{entry.Protocol.Text}' is not served here: let the program run by itself"
                : $"'{entry.Type.Text}' and '{entry.Protocol.Text}' do not fit together, so inetd could not open the socket");
            return false;
        }

        if (ForeignAddress.Port(entry.Service.Text, protocol[..3], importing.Names) is not { } port)
        {
            Lost(entry, ForeignAddress.Unlisted(entry.Service.Text, "inetd"));
            return false;
        }

        service.Sockets.AddRange(ForeignAddress.Sockets(transport!.Value, (port, entry.Service), entry.Addresses, families));
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

        foreach (var socket in service.Sockets)
        {
            SetBuffers(socket, entry);
        }

        return service.Sockets.Count > 0;
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

    private ImportedService? Internal(ImportedService service, InetdEntry entry)
    {
        if (!Internals.TryGetValue(entry.Service.Text, out var handler))
        {
            Lost(entry, $"there is no internal service '{entry.Service.Text}' here, so write the program that provides it in exec");
            return null;
        }

        service.Set(ServiceKeys.Handler, handler, entry.Program.At);
        if (handler == "ident")
        {
            SetIdent(service, entry);
        }
        else if (entry.Argv is [_, var option, ..])
        {
            importing.Map.Changed(option.At, $"the options of internal '{handler}' are left out: see its settings in netsuperd.toml(5)");
        }

        InetdLimits.Set(importing, service, entry, rate: null);
        Disable(service, entry);
        if (handler == "tcpmux")
        {
            _tcpmux = service;
        }

        return service;
    }

    /// <summary>FreeBSD names users with <c>-r</c> only, and with <c>-n</c> not those that have a file .noident.</summary>
    private void SetIdent(ImportedService service, InetdEntry entry)
    {
        var options = entry.Argv.Skip(1).Select(option => option.Text).ToList();
        var namesUsers = options.Contains("-r");
        service.Set(ServiceKeys.Settings, "answer", namesUsers ? "user" : "hidden", entry.Program.At);
        if (namesUsers && options.Contains("-n"))
        {
            service.Set(ServiceKeys.Settings, "noident", true, entry.Program.At);
        }

        if (options.Exists(option => option is not ("-r" or "-n")))
        {
            importing.Map.Changed(entry.Argv[1].At, "of the options of internal 'ident' only -r and -n are kept: see netsuperd.toml(5)");
        }
    }

    private ImportedService External(ImportedService service, InetdEntry entry)
    {
        ForeignProgram.Set(importing.Map, service, entry.Program, entry.Argv);
        ForeignUser.SetWithGroup(importing, service, entry.User);
        if (entry.Group is { } group)
        {
            service.Set(ServiceKeys.Group, group.Text, group.At);
        }

        var waits = entry.Wait || entry.IsDatagram;
        if (waits)
        {
            service.Set(ServiceKeys.Wait, true, entry.At);
            if (!entry.Wait && !entry.IsOff)
            {
                importing.Map.Changed(
                    entry.Type.At,
                    "a datagram service with nowait started a program again and again for one datagram; with wait = true one runs");
            }
        }

        InetdLimits.Set(importing, service, entry, waits ? null : _rate);
        Disable(service, entry);
        if (entry.IsTcpmux)
        {
            var name = entry.Service.Text["tcpmux/".Length..];
            _behindTcpmux.Add((service, name.StartsWith('+') ? $"+{service.Name}" : service.Name));
        }

        if (!entry.IsOff)
        {
            ForeignHabits.Say(importing.Map, service);
        }

        return service;
    }

    private static void Disable(ImportedService service, InetdEntry entry)
    {
        if (entry.IsOff)
        {
            service.Disable(entry.At);
        }
    }

    /// <summary>The multiplexer needs the names of all services behind it.</summary>
    private void AddTcpmux()
    {
        if (_tcpmux is null)
        {
            return;
        }

        var names = _behindTcpmux.Where(behind => !behind.Service.IsOff).Select(behind => behind.Name).ToList();
        if (names.Count == 0)
        {
            importing.Map.Lost(_tcpmux.At, "no entry is behind tcpmux, and without one it serves nothing: it is left out");
            return;
        }

        _tcpmux.Set(ServiceKeys.Settings, "services", names, _tcpmux.At);
        importing.Map.Add(_tcpmux);
    }
}
