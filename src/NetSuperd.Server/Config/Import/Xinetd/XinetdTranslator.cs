using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>Translates xinetd.conf and the files of xinetd.d.</summary>
/// <remarks>
/// The defaults hold for the services of every file, so all files are read before the first service is translated. A service that xinetd
/// leaves out, and one whose fence the map does not have, is disabled: nothing is open that was not.
/// </remarks>
internal sealed class XinetdTranslator(Importing importing)
{
    private static readonly string[] Internals = ["echo", "discard", "chargen", "daytime", "time", "tcpmux"];
    private static readonly string[] Types = ["RPC", "INTERNAL", "UNLISTED", "SPECIAL", "TCPMUX", "TCPMUXPLUS"];

    private static readonly string[] Flags =
    [
        "REUSE", "INTERCEPT", "NORETRY", "IDONLY", "NAMEINARGS", "NODELAY", "KEEPALIVE", "NOLIBWRAP", "SENSOR", "IPv4", "IPv6", "LABELED",
    ];

    private readonly List<XinetdEntry> _entries = [];
    private readonly List<SourceText> _files = [];
    private readonly XinetdLimits _limits = new(importing);
    private readonly List<XinetdService> _behindTcpmux = [];
    private readonly HashSet<Word> _addresses = [];

    /// <summary>Reads a file.</summary>
    public void Translate(SourceText source)
    {
        var reader = new XinetdReader(importing, _entries, source);
        var before = _entries.Count;
        reader.Read();
        _files.Add(source);
        if (reader.ForeignLines > 0 && _entries.Count == before)
        {
            importing.Problems.Error(new Position(source), "this is no configuration of xinetd: no line begins a service or defaults");
        }
    }

    /// <summary>Translates the services of all files.</summary>
    public void Finish()
    {
        if (_files.Count == 0)
        {
            return;
        }

        var defaults = new XinetdDefaults(importing);
        defaults.Read(_entries, _files);
        var services = new List<XinetdService>();
        foreach (var entry in _entries.Where(entry => entry.Name is not null))
        {
            if (Service(entry, defaults) is { } service)
            {
                services.Add(service);
            }
        }

        // What is active comes first: a disabled entry for the same socket is left out. Of two with one name, the stream has it alone.
        foreach (var service in services.Where(service => service.Target.Handler != "tcpmux")
            .OrderBy(service => service.Target.IsOff).ThenBy(service => service.IsDatagram))
        {
            importing.Map.Add(service.Target);
        }

        foreach (var tcpmux in services.Where(service => service.Target.Handler == "tcpmux"))
        {
            AddTcpmux(tcpmux);
        }
    }

    private XinetdService? Service(XinetdEntry entry, XinetdDefaults defaults)
    {
        var settings = defaults.SettingsOf(entry);
        var name = entry.Name!;
        var off = DisabledAt(name, settings, defaults);
        var service = new XinetdService(
            importing, name, settings, new ImportedService(NameOf(name, settings), entry.At), off is not null);
        if (off is not null)
        {
            service.Target.Disable(off);
        }

        Report(service, entry);
        if (IsForeign(service) || !XinetdSockets.Add(service))
        {
            return null;
        }

        SetWait(service);
        if (!(service.IsInternal ? Internal(service) : XinetdProgram.Set(service)))
        {
            return null;
        }

        SetWrapped(service);
        XinetdAccess.Set(service, _addresses);
        _limits.Set(service);
        if (!service.IsInternal && !service.Target.IsOff)
        {
            ForeignHabits.Say(importing.Map, service.Target);
        }

        XinetdLog.Set(service);
        if (settings.One("mdns") is { } mdns && mdns.Text.Equals("yes", StringComparison.OrdinalIgnoreCase))
        {
            service.Lost(mdns.At, $"'{name.Text}' is not announced by multicast DNS: avahi-publish(1) does it");
        }

        if (service.IsBehindTcpmux)
        {
            _behindTcpmux.Add(service);
        }

        return service;
    }

    private static string NameOf(Word name, XinetdSettings settings) =>
        settings.Find("type", "INTERNAL") is not null || settings.Find("type", "TCPMUX") is not null
            || settings.Find("type", "TCPMUXPLUS") is not null
            ? name.Text
            : settings.One("id")?.Text ?? name.Text;

    /// <summary>Where the service is disabled; null: it is not.</summary>
    private static Position? DisabledAt(Word name, XinetdSettings settings, XinetdDefaults defaults)
    {
        var id = settings.One("id")?.Text ?? name.Text;
        return settings.One("disable") is { } disable && disable.Text.Equals("yes", StringComparison.OrdinalIgnoreCase) ? disable.At
            : defaults.Settings.All("enabled") is not null && defaults.Settings.Find("enabled", id) is null ? name.At
            : defaults.Settings.Find("disabled", id)?.At;
    }

    /// <summary>Says what xinetd complains about.</summary>
    private static void Report(XinetdService service, XinetdEntry entry)
    {
        var settings = service.Settings;
        foreach (var finding in settings.Findings)
        {
            if (finding.Outcome == Outcome.Lost)
            {
                service.Lost(finding.At, finding.Message);
            }
            else
            {
                service.Changed(finding.At, finding.Message);
            }
        }

        foreach (var fence in settings.ForeignFences)
        {
            service.Fence(
                fence.At,
                $"'{fence.Text}' is no attribute of xinetd, which starts the program without it; a program that extends xinetd fences the "
                + "server in with it, and this daemon does not: fence it in otherwise, then remove enabled = false");
        }

        if (entry.Fault is { } fault)
        {
            service.Break(fault.At, fault.Reason);
        }

        settings.Faults.ForEach(wrong => service.Break(wrong.At, wrong.Reason));
        CheckWords(service, "type", Types);
        CheckWords(service, "flags", Flags);
        if (settings.One("disable") is { } disable && disable.Text.ToLowerInvariant() is not ("yes" or "no"))
        {
            service.Break(disable.At, $"'{disable.Text}' is neither yes nor no");
        }
    }

    private static void CheckWords(XinetdService service, string name, string[] known)
    {
        foreach (var word in service.Settings.All(name) ?? [])
        {
            if (!word.Text.StartsWith('#') && !known.Contains(word.Text, StringComparer.OrdinalIgnoreCase))
            {
                service.Break(word.At, $"'{word.Text}' is no {(name == "flags" ? "flag" : name)}{Suggestion.For(word.Text, known)}");
            }
        }
    }

    /// <summary>Services that the map does not have.</summary>
    private static bool IsForeign(XinetdService service)
    {
        var (settings, name) = (service.Settings, service.Name.Text);
        if (settings.Find("type", "RPC") is { } rpc)
        {
            service.Lost(
                rpc.At, $"'{name}' is a service of Sun RPC, for which no port is fixed: let the program run by itself, with rpcbind(8)");
            return true;
        }

        if (settings.Find("flags", "SENSOR") is { } sensor)
        {
            service.Lost(
                sensor.At,
                $"'{name}' is a sensor: xinetd refused a client that touched it in all services"
                + (settings.One("deny_time") is { } time ? $" (deny_time {time.Text})" : "")
                + ", and this daemon does not; no socket is opened for it: ban such clients in a packet filter");
            return true;
        }

        return false;
    }

    private static void SetWait(XinetdService service)
    {
        var wait = service.Settings.One("wait");
        var waits = wait?.Text.Equals("yes", StringComparison.OrdinalIgnoreCase);
        if (wait is null)
        {
            service.Break(service.Name.At, "it has no wait");
        }
        else if (waits == false && !wait.Text.Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            service.Break(wait.At, $"'{wait.Text}' at wait is neither yes nor no");
        }

        service.Waits = !service.IsInternal && (waits == true || service.IsDatagram);
        if (!service.Waits)
        {
            return;
        }

        service.Target.Set(ServiceKeys.Wait, true, wait?.At ?? service.Target.At);
        if (waits != true)
        {
            service.Changed(
                wait?.At ?? service.Target.At,
                "a datagram service with wait = no started a program again and again for one datagram, and newer versions of xinetd leave "
                + "it out; with wait = true one runs");
        }
    }

    private static bool Internal(XinetdService service)
    {
        var name = service.Name.Text.ToLowerInvariant();
        if (!Internals.Contains(name) || (name == "tcpmux" && service.IsDatagram))
        {
            service.Lost(
                service.Name.At, $"there is no internal service '{service.Name.Text}' here{(name is "services" or "servers" or "xadmin"
                    ? ": netsuperd status and netsuperd connections show the same to users that may connect to the control socket"
                    : ", nor in xinetd: write the program that provides it in exec")}");
            return false;
        }

        service.Target.Set(ServiceKeys.Handler, name, service.Settings.At("type")!);
        return true;
    }

    /// <summary>The name by which xinetd asks hosts.allow and hosts.deny (access_control in access.c).</summary>
    private static void SetWrapped(XinetdService service)
    {
        var settings = service.Settings;
        if (settings.Find("flags", "NOLIBWRAP") is not null || (service.Waits && !service.IsDatagram))
        {
            return;
        }

        var named = settings.Find("flags", "NAMEINARGS") is not null ? settings.All("server_args") : null;
        var daemon = service.IsInternal || settings.At("redirect") is not null ? service.Name
            : named is [var first, ..] ? first
            : settings.One("server") ?? service.Name;
        service.Target.Wrapped = settings.One("libwrap") ?? daemon with { Text = Path.GetFileName(daemon.Text) };
    }

    /// <summary>The multiplexer needs the names of all services behind it.</summary>
    private void AddTcpmux(XinetdService tcpmux)
    {
        var behind = _behindTcpmux.Where(service => !service.Target.IsOff || tcpmux.Target.IsOff).ToList();
        if (behind.Count == 0)
        {
            tcpmux.Lost(tcpmux.Name.At, "no service is behind tcpmux, and without one it serves nothing: it is left out");
            return;
        }

        tcpmux.Target.Set(
            ServiceKeys.Settings,
            "services",
            behind.Select(service => service.Settings.Find("type", "TCPMUXPLUS") is null
                ? service.Target.Name
                : $"+{service.Target.Name}").ToList(),
            tcpmux.Target.At);
        importing.Map.Add(tcpmux.Target);
    }
}
