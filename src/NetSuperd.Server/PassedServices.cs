using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server;

/// <summary>
/// Checks the services that handlers name, to pass connections to them or to show their state, and finds those that no client can reach.
/// </summary>
/// <param name="loaded">The map.</param>
/// <param name="catalog">The available handlers.</param>
internal sealed class PassedServices(LoadResult loaded, HandlerCatalog catalog)
{
    private readonly Dictionary<string, Service> _services = loaded.Map.Services.ToDictionary(service => service.Name);
    private readonly Dictionary<string, IReadOnlyList<string>> _passed = [];

    /// <summary>Adds handlers, each with its service, the services to which it passes connections, and those that it shows.</summary>
    /// <returns>Every problem of these.</returns>
    public IReadOnlyList<ConfigProblem> Add(
        IReadOnlyList<(Service By, IReadOnlyList<string> PassesTo, IReadOnlyList<string> Shows)> handlers)
    {
        foreach (var (by, passesTo, _) in handlers)
        {
            _passed[by.Name] = passesTo;
        }

        return [.. handlers.SelectMany(handler => handler.PassesTo.SelectMany(name => Check(handler.By, name))
            .Concat(handler.Shows.SelectMany(name => CheckShown(handler.By, name))))];
    }

    /// <summary>The services that no client can reach, after all handlers have been added.</summary>
    public IEnumerable<ConfigProblem> Unreached()
    {
        var reached = _passed.Values.SelectMany(names => names).ToHashSet();
        return loaded.WithoutPort.Where(service => !reached.Contains(service.Name)).Select(service =>
            new ConfigProblem(service.At, Severity.Warning, $"no entry in [ports] names service '{service.Name}'"));
    }

    private IEnumerable<ConfigProblem> Check(Service by, string name)
    {
        // A handler that an earlier map has created already has read the earlier settings.
        var named = by.Settings.Services().FirstOrDefault(named => named.Name == name);
        var at = HandlerSet.At(named.Position, by);
        if (!_services.TryGetValue(name, out var service))
        {
            if (!loaded.HasErrors)
            {
                yield return Unknown(at, $"'{by.Name}' passes connections to", name);
            }
        }
        else if (Obstacle(by, service) is { } obstacle)
        {
            yield return new ConfigProblem(at, Severity.Error, $"'{by.Name}' cannot pass connections to '{name}': {obstacle}");
        }
        else if (service is { Enabled: true, IsRootUnsaid: true }
            && loaded.Map.PortEntries.FirstOrDefault(port => port.Service.Name == by.Name && port.Key.IsPublic) is { } port)
        {
            yield return new ConfigProblem(
                service.At, Severity.Warning,
                $"children of '{name}' run as root, and get connections of {port.Entry}, which can be reached from other hosts, through "
                + $"'{by.Name}'; set another user, or, if the program changes its user itself, write user = \"root\" in the service");
        }
    }

    private IEnumerable<ConfigProblem> CheckShown(Service by, string name)
    {
        if (!_services.ContainsKey(name) && !loaded.HasErrors)
        {
            var named = by.Settings.Shown().FirstOrDefault(named => named.Name == name);
            yield return Unknown(HandlerSet.At(named.Position, by), $"'{by.Name}' shows the state of", name);
        }
    }

    private ConfigProblem Unknown(Position at, string action, string name) => new(
        at, Severity.Error, $"{action} the unknown service '{name}'" + (catalog.Find(name) is null
            ? Suggestion.For(name, _services.Keys)
            : $"; for the handler of that name write [services.{name}] with handler = \"{name}\""));

    /// <summary>Whether connections of a service can get to another one.</summary>
    private bool Leads(string from, string to, HashSet<string> seen) => from == to || (seen.Add(from)
        && _passed.TryGetValue(from, out var next) && next.Any(name => Leads(name, to, seen)));

    private string? Obstacle(Service by, Service service) => service switch
    {
        _ when Leads(service.Name, by.Name, []) => $"'{service.Name}' leads back to it, so a connection might never leave them",
        { Kind: ServiceKind.Server } => "it runs all the time and accepts its connections itself (start = \"always\")",
        { Kind: ServiceKind.Wait } => "its child gets the listening socket itself (wait = true), and this service has none",
        { Handler: { } handler } when catalog.Find(handler)?.IsAssignableTo(typeof(IStreamHandler)) == false =>
            $"its handler '{handler}' serves datagrams only",
        _ => null,
    };
}
