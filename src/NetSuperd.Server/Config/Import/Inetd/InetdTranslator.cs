using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>Translates inetd.conf.</summary>
internal sealed class InetdTranslator(Importing importing)
{
    // The starts in a minute of inetd of OpenBSD, Debian and FreeBSD (-R), and of NetBSD.
    private const string UsualRate = "256/min";
    private const string RateOfNetBsd = "40/min";

    private static readonly Dictionary<string, string> Internals = new()
    {
        ["echo"] = "echo", ["discard"] = "discard", ["sink"] = "discard", ["chargen"] = "chargen", ["ttytst"] = "chargen",
        ["daytime"] = "daytime", ["time"] = "time", ["timserver"] = "time", ["qotd"] = "qotd", ["quote"] = "qotd",
        ["tcpmux"] = "tcpmux", ["auth"] = "ident", ["ident"] = "ident",
        ["7"] = "echo", ["9"] = "discard", ["13"] = "daytime", ["19"] = "chargen", ["37"] = "time", ["1"] = "tcpmux",
    };

    private static readonly string[] TypesOfIp = ["stream", "dgram"];

    private readonly List<(ImportedService Service, string Name)> _behindTcpmux = [];
    private readonly InetdSockets _sockets = new(importing);
    private ImportedService? _tcpmux;
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
            entry.Lost(
                importing.Map,
                $"'{entry.Service.Text}' is a service of Sun RPC, for which no port is fixed: let the program run by itself, with "
                + "rpcbind(8)");
            return null;
        }

        if (entry.IsUnix ? InetdUnix.TransportOf(entry) is null : !TypesOfIp.Contains(entry.Type.Text))
        {
            entry.Lost(importing.Map, $"no service has sockets of type {entry.Type.Text} here: let the program run by itself");
            return null;
        }

        var service = new ImportedService(NameOf(entry), entry.At);
        if (entry.HostName is { } name && !entry.IsUnix)
        {
            entry.Lost(
                importing.Map,
                $"'{name.Text}' is no address and no name in /etc/hosts: write the address that '{service.Name}' listens on");
            return null;
        }

        if (!entry.IsTcpmux && !_sockets.Add(service, entry))
        {
            return null;
        }

        service.Wrapped = _asked(entry);
        return entry.IsInternal ? Internal(service, entry) : External(service, entry);
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

    private ImportedService? Internal(ImportedService service, InetdEntry entry)
    {
        if (!Internals.TryGetValue(entry.Service.Text, out var handler))
        {
            entry.Lost(
                importing.Map,
                $"there is no internal service '{entry.Service.Text}' here, so write the program that provides it in exec");
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
        var found = ForeignProgram.Set(importing.Map, service, entry.Program, entry.Argv);
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
        if (found is not null && !entry.IsOff)
        {
            // It may be of root, and it never ran.
            service.Disable(found.At);
            service.Remarks.Add($"'{entry.Program.Text}' has no path, so inetd did not start it");
            importing.Map.Lost(
                found.At,
                $"'{entry.Program.Text}' has no path, so inetd looked for it in the root directory and did not start it: the service is "
                + $"disabled; remove 'enabled' if it is to start {found.Text}");
        }

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
