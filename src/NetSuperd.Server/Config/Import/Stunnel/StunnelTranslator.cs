using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>Translates stunnel.conf.</summary>
internal sealed class StunnelTranslator(Importing importing)
{
    private readonly HashSet<Finding> _said = [];

    // What the services are called in the map.
    private readonly Dictionary<StunnelService, string?> _names = [];

    /// <summary>Translates a file.</summary>
    public void Translate(SourceText source)
    {
        var reader = new StunnelReader(importing);
        reader.Read(source);
        if (reader.Broken > 0 && reader.Services.Count + reader.Common!.Lines.Count == 0)
        {
            importing.Problems.Error(new Position(source), "this is no configuration of stunnel: no line sets an option");
            return;
        }

        if (reader.Services.Count == 0 && reader.Common!.Lines.Count > 0)
        {
            TranslateForInetd(reader.Common);
            return;
        }

        var services = reader.Services.Select(section => Service(section, section.Name!.Text)).Where(IsServed).ToList();
        var named = services.SelectMany(service => StunnelNames.Of(service).Select(name => (Service: service, name.Primary, name.Pattern)))
            .ToList();
        services.ForEach(StunnelRest.Report);
        StunnelRest.Report(Service(reader.Common!, "stunnel"), onlyKnown: true);
        foreach (var service in services.Where(service => named.TrueForAll(entry => entry.Primary != service.Section.Name!.Text)))
        {
            _names[service] = importing.Map.Add(service.Target)?.Name;
            ForeignHabits.Say(importing.Map, service.Target);
        }

        foreach (var primary in services.Except(_names.Keys))
        {
            AddByName(primary, [.. named.Where(entry => entry.Primary == primary.Section.Name!.Text)
                .Select(entry => (entry.Service, entry.Pattern, _names.GetValueOrDefault(entry.Service) ?? entry.Service.Target.Name))]);
        }

        foreach (var (service, primary, pattern) in named.Where(entry => !services.Exists(one => one.Section.Name!.Text == entry.Primary)))
        {
            service.Lost(pattern.At, $"there is no service '{primary}' from which '{service.Target.Name}' could get clients");
        }
    }

    private StunnelService Service(StunnelSection section, string name)
    {
        var service = new StunnelService(importing, section, new ImportedService(name, section.At), _said);
        if (service.IsYes("libwrap"))
        {
            service.Target.Wrapped = section.Name ?? section.One("libwrap")! with { Text = name };
        }

        if (section.One("ident") is { } ident)
        {
            service.Fence(
                ident.At,
                "stunnel let in only clients whose host names them as this user (RFC 1413), and this daemon does not ask: restrict them "
                + "with allow, and remove enabled = false");
        }

        return service;
    }

    /// <summary>Sets everything of a service but its sockets.</summary>
    /// <returns>Whether the map can have it.</returns>
    private static bool IsServed(StunnelService service)
    {
        if (!HasTarget(service))
        {
            return false;
        }

        if (service.Section.One("accept") is { } accept)
        {
            return StunnelSockets.Add(service, accept);
        }

        if (service.IsClient || service.Section.All("sni").Count == 0)
        {
            service.Break(service.Target.At, service.IsClient ? "it has no accept" : "it has neither accept nor sni");
        }

        return true;
    }

    private static bool HasTarget(StunnelService service)
    {
        if (!service.IsClient)
        {
            return StunnelTls.Set(service) && StunnelServer.Set(service);
        }

        if (!StunnelServer.Set(service))
        {
            return false;
        }

        StunnelClient.Set(service);
        return true;
    }

    /// <summary>Adds a service from which others get the clients that ask for a name.</summary>
    private void AddByName(StunnelService primary, IReadOnlyList<(StunnelService Service, Word Pattern, string Name)> others)
    {
        var (front, rules) = StunnelNames.Before(primary, others);
        if (importing.Map.Add(primary.Target) is { } added)
        {
            rules.AddOthers(added.Name, primary.Target.At);
            rules.Set(front);
            importing.Map.Add(front);
            ForeignHabits.Say(importing.Map, primary.Target);
        }
    }

    /// <summary>Translates a file without a section: inetd or xinetd starts stunnel for each client, and has the port.</summary>
    private void TranslateForInetd(StunnelSection section)
    {
        var service = Service(section, section.One("service")?.Text ?? "stunnel");
        if (HasTarget(service))
        {
            service.Lost(
                section.At,
                $"the file has no section, so stunnel was started by inetd or xinetd, which has the port of '{service.Target.Name}': write "
                + "it into [ports], and leave the entry of inetd out");
            importing.Map.Add(service.Target);
            ForeignHabits.Say(importing.Map, service.Target);
        }

        StunnelRest.Report(service);
    }
}
