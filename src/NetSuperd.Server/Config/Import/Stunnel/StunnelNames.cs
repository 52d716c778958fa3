namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>
/// Services that have no socket of their own, since <c>sni = SERVICE:PATTERN</c> names the service from which they get the clients that ask
/// for a name. The first bytes of a client tell the name, so a service that passes connections on by them has the sockets.
/// </summary>
internal static class StunnelNames
{
    /// <summary>Reads the values of <c>sni</c>.</summary>
    /// <returns>The names of the services, and the patterns.</returns>
    public static IReadOnlyList<(string Primary, Word Pattern)> Of(StunnelService service)
    {
        var names = new List<(string, Word)>();
        if (service.IsClient)
        {
            // There it is the name for which the target is asked.
            return names;
        }

        foreach (var value in service.Section.All("sni"))
        {
            var colon = value.Text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                service.Break(value.At, $"'{value.Text}' has no colon between the name of a service and that of a server");
            }
            else
            {
                names.Add((value.Text[..colon], value.Part(colon + 1, value.Text.Length)));
            }
        }

        return names;
    }

    /// <summary>Moves the sockets of a service to one that passes its clients on by the name for which they ask.</summary>
    /// <param name="primary">The service.</param>
    /// <param name="others">The services that get the clients of a name, and what they are called in the map.</param>
    /// <returns>The service with the sockets, which still needs the rule for every other client.</returns>
    public static (ImportedService Service, ForeignRules Rules) Before(
        StunnelService primary, IEnumerable<(StunnelService Service, Word Pattern, string Name)> others)
    {
        var front = new ImportedService($"{primary.Target.Name}-by-name", primary.Target.At);
        var rules = new ForeignRules();
        foreach (var (service, pattern, name) in others)
        {
            if (ForeignRules.IsHost(pattern.Text))
            {
                rules.Add("tls", $"sni:{pattern.Text}", name, pattern.At);
                if (pattern.Text.StartsWith('*'))
                {
                    service.Changed(pattern.At, "a '*' stands for one label of a name, as in certificates, and no longer for several");
                }
            }
            else
            {
                service.Lost(pattern.At, $"'{pattern.Text}' is no name, nor '*.' before one: its clients get '{primary.Target.Name}'");
            }
        }

        front.Sockets.AddRange(primary.Target.Sockets);
        primary.Target.Sockets.Clear();
        return (front, rules);
    }
}
