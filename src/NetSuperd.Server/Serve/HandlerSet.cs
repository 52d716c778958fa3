using System.Reflection;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>Makes the handlers of a map: one for each service, with its settings.</summary>
internal static class HandlerSet
{
    /// <summary>Makes the handler of every enabled service with a handler.</summary>
    /// <param name="map">The map.</param>
    /// <param name="catalog">The available handlers.</param>
    /// <param name="running">The handlers of the map in force: one that would be the same stays.</param>
    /// <param name="use">Makes the use of a service.</param>
    /// <param name="loggers">Makes the logger of each handler.</param>
    /// <param name="view">What the daemon serves.</param>
    /// <param name="request">The user that asks: files of the settings that another user could change are not for root.</param>
    /// <param name="problems">Gets what is wrong: unknown names, refused settings, settings that no handler read.</param>
    public static Dictionary<Service, HandlerInstance> Create(
        Map map,
        HandlerCatalog catalog,
        IReadOnlyDictionary<string, HandlerInstance> running,
        Func<string, ServiceUse> use,
        ILoggerFactory loggers,
        IServerView view,
        LoadRequest request,
        List<ConfigProblem> problems)
    {
        var instances = new Dictionary<Service, HandlerInstance>(ReferenceEqualityComparer.Instance);
        foreach (var service in map.Services.Where(service => service is { Enabled: true, Handler: not null }))
        {
            if (catalog.Find(service.Handler!) is not { } type)
            {
                problems.Add(new ConfigProblem(service.HandlerAt, Severity.Error, catalog.WhyUnusable(service.Handler!) is { } reason
                    ? $"the handler '{service.Handler}' cannot be used: {reason}"
                    : Unknown(service, map, catalog, suggests: problems.Count < ProblemText.MostShown)));
            }
            else if (running.TryGetValue(service.Name, out var same) && same.Handler.GetType() == type && same.Settings == Text(service))
            {
                instances[service] = same;
            }
            else
            {
                var plugin = catalog.PluginOf(service.Handler!);
                var ofService = use(service.Name);
                if (Create(type, service, plugin, loggers, ofService.Lines, view, problems) is { } handler)
                {
                    Judge(service, request, problems);
                    instances[service] = new HandlerInstance(ofService, handler, Text(service), plugin);
                }
            }
        }

        return instances;
    }

    private static object? Create(
        Type type, Service service, Plugin? plugin, ILoggerFactory loggers, HandlerLines lines, IServerView view,
        List<ConfigProblem> problems)
    {
        var constructors = type.GetConstructors();
        if (constructors.Length != 1)
        {
            problems.Add(new ConfigProblem(service.HandlerAt, Severity.Error,
                $"{type.FullName} has {constructors.Length} public constructors; a handler has one"));
            return null;
        }

        var arguments = new List<object>();
        foreach (var parameter in constructors[0].GetParameters())
        {
            if (parameter.ParameterType == typeof(ILogger))
            {
                arguments.Add(new HandlerLogger(loggers.CreateLogger(HandlerLogCategory(service)), lines));
            }
            else if (parameter.ParameterType == typeof(ServiceInfo))
            {
                arguments.Add(InfoOf(service, plugin));
            }
            else if (parameter.ParameterType == typeof(IServerView))
            {
                arguments.Add(view);
            }
            else
            {
                problems.Add(new ConfigProblem(service.HandlerAt, Severity.Error,
                    $"the constructor of {type.FullName} asks for a {parameter.ParameterType.Name}; it may ask for ILogger, "
                    + "ServiceInfo and IServerView"));
                return null;
            }
        }

        try
        {
            // What the constructor starts, such as a timer, is the handler's as well.
            HandlerThread.Enter(service.Name);
            var handler = constructors[0].Invoke(BindingFlags.DoNotWrapExceptions, null, [.. arguments], null);
            foreach (var (path, position) in service.Settings.Unread())
            {
                problems.Add(new ConfigProblem(At(position, service), Severity.Error,
                    $"unknown key '{path}' in services.{service.Name}.settings; the handler '{service.Handler}' does not read it"));
            }

            return handler;
        }
        catch (SettingsException complaint)
        {
            problems.Add(new ConfigProblem(At(complaint.Position, service), Severity.Error, complaint.Message));
        }
        catch (Exception failure)
        {
            problems.Add(new ConfigProblem(service.HandlerAt, Severity.Error,
                $"the handler '{service.Handler}' cannot be created: {failure.GetType().Name}: {failure.Message}"));
        }
        finally
        {
            HandlerThread.Enter(null);
        }

        return null;
    }

    private static void Judge(Service service, LoadRequest request, List<ConfigProblem> problems)
    {
        foreach (var (path, position) in request.IsRoot ? service.Settings.Files() : [])
        {
            using var walk = CheckedPath.Walk(path, ProcessIdentity.EffectiveUserId);
            problems.AddRange(walk.Complaints.Select(complaint =>
                new ConfigProblem(At(position, service), request.ToRun ? Severity.Error : Severity.Warning, complaint)));
        }
    }

    private static ServiceInfo InfoOf(Service service, Plugin? plugin)
    {
        var info = new ServiceInfo(service.Name, service.Settings);
        return plugin is null ? info : info with { Folder = Path.GetDirectoryName(Path.GetFullPath(plugin.Path))! };
    }

    private static string Text(Service service) => TomlWriter.Value(service.Settings);

    // Problems that are not shown get no suggestion, which is searched for among all names of the map.
    private static string Unknown(Service service, Map map, HandlerCatalog catalog, bool suggests)
    {
        // Where the port names a service without a table, the name may be that of a service or of a handler.
        var isImplied = service.At == service.HandlerAt;
        var names = isImplied
            ? catalog.Names.Concat(map.Services.Where(other => other != service).Select(other => other.Name))
            : catalog.Names;
        names = suggests ? names : [];
        return (isImplied ? $"unknown service '{service.Name}'" : $"unknown handler '{service.Handler}'")
            + Suggestion.For(service.Handler!, names);
    }

    private static Position At(SettingPosition? position, Service service) => position is { } at && at.File == service.At.Source.Name
        ? new Position(service.At.Source, at.Line, at.Column, at.Length)
        : service.HandlerAt;

    private static string HandlerLogCategory(Service service) => $"NetSuperd.Handlers.{service.Name}";
}
