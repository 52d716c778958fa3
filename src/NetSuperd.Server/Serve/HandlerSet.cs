using System.Reflection;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>Makes the handlers of a map: one for each service, with its settings.</summary>
/// <param name="catalog">The available handlers.</param>
/// <param name="use">Makes the use of a service.</param>
/// <param name="loggers">Makes the logger of each handler.</param>
/// <param name="host">What handlers see of the server, and what it does for them.</param>
/// <param name="request">The user that asks: files of the settings that another user could change are not for root.</param>
/// <param name="problems">Receives the problems: unknown names, refused settings, settings that no handler read.</param>
internal sealed class HandlerSet(
    HandlerCatalog catalog, Func<string, ServiceUse> use, ILoggerFactory loggers, IHandlerHost host, LoadRequest request,
    List<ConfigProblem> problems)
{
    /// <summary>Makes the handler of every enabled service whose handler serves inside the daemon.</summary>
    /// <param name="map">The map.</param>
    /// <param name="running">The handlers of the map in force: one that would be the same stays.</param>
    public Dictionary<Service, HandlerInstance> Create(Map map, IReadOnlyDictionary<string, HandlerInstance> running)
    {
        var instances = new Dictionary<Service, HandlerInstance>(ReferenceEqualityComparer.Instance);
        foreach (var service in map.Services.Where(service => service is { Enabled: true, Handler: not null }))
        {
            if (catalog.Find(service.Handler!) is not { } type)
            {
                Report(service, catalog.WhyUnusable(service.Handler!) is { } reason
                    ? $"the handler '{service.Handler}' cannot be used: {reason}"
                    : Unknown(service, map));
            }
            else if (service.Worker is not null)
            {
                // A worker creates it.
                continue;
            }
            else if (running.TryGetValue(service.Name, out var same) && same.Handler.GetType() == type && same.Settings == Text(service))
            {
                instances[service] = same;
            }
            else if (Create(service) is { } created)
            {
                instances[service] = created;
            }
        }

        return instances;
    }

    /// <summary>Makes the handler of a service, one of the catalog; null after an error.</summary>
    public HandlerInstance? Create(Service service)
    {
        var plugin = catalog.PluginOf(service.Handler!);
        var ofService = use(service.Name);
        if (Create(catalog.Find(service.Handler!)!, service, plugin, ofService.Lines) is not { } handler)
        {
            return null;
        }

        JudgeFiles(service);
        if (service.Tls is not null && service.Settings.Services().Any())
        {
            Report(service, $"the handler '{service.Handler}' passes connections on, which it cannot do once it has received encrypted "
                + "bytes; use 'tls' in the services to which it passes them");
            return null;
        }

        return new HandlerInstance(ofService, handler, Text(service), plugin)
        {
            Tls = service.Tls is { } tls ? new TlsServer(tls, TimeProvider.System) : null,
            PassesTo = [.. service.Settings.Services().Select(named => named.Name)],
            Shows = [.. service.Settings.Shown().Select(named => named.Name)],
            ShowsServer = handler.GetType().GetConstructors()
                .Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IServerView))),
        };
    }

    /// <summary>Creates a handler; null after an error.</summary>
    private object? Create(Type type, Service service, Plugin? plugin, HandlerLines lines)
    {
        if (type.GetConstructors() is not [var constructor])
        {
            Report(service, $"{type.FullName} has {type.GetConstructors().Length} public constructors; a handler has one");
            return null;
        }

        var arguments = new List<object>();
        foreach (var parameter in constructor.GetParameters())
        {
            if (Argument(parameter.ParameterType, service, plugin, lines) is not { } argument)
            {
                Report(service, $"the constructor of {type.FullName} asks for a {parameter.ParameterType.Name}; it may ask for ILogger, "
                    + "ILogger<T>, ILoggerFactory, ServiceInfo, TimeProvider, IServerView and IServiceSwitch");
                return null;
            }

            arguments.Add(argument);
        }

        return Invoke(constructor, arguments, service);
    }

    /// <summary>What a constructor gets for a parameter; null for a type that no handler may ask for.</summary>
    private object? Argument(Type type, Service service, Plugin? plugin, HandlerLines lines) =>
        type == typeof(ILogger) ? new HandlerLoggers(loggers, lines).CreateLogger($"NetSuperd.Handlers.{service.Name}")
        : type == typeof(ILoggerFactory) ? new HandlerLoggers(loggers, lines)
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ILogger<>) ? new HandlerLoggers(loggers, lines).CreateTyped(type)
        : type == typeof(ServiceInfo) ? InfoOf(service, plugin)
        : type == typeof(TimeProvider) ? TimeProvider.System
        : type == typeof(IServerView) ? host
        : type == typeof(IConnectionUsers) ? request.Host.ConnectionUsers
        : type == typeof(IServiceSwitch) ? new HandlerSwitch(host, service.Settings)
        : null;

    /// <summary>Calls a constructor, which is the code of a plugin; null after an error.</summary>
    private object? Invoke(ConstructorInfo constructor, List<object> arguments, Service service)
    {
        try
        {
            // What the constructor starts, such as a timer, is the handler's as well.
            HandlerThread.Process = request.Host.Process;
            HandlerThread.Enter(new HandlerName(service.Name, service.Handler!));
            var handler = constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [.. arguments], null);
            foreach (var (path, position) in service.Settings.Unread())
            {
                problems.Add(new ConfigProblem(At(position, service), Severity.Error,
                    $"unknown key '{path}' in services.{service.Name}.settings; the handler '{service.Handler}' does not read it"));
            }

            return handler;
        }
        catch (SettingsException complaint)
        {
            problems.AddRange(complaint.Further.Prepend(complaint).Select(each =>
                new ConfigProblem(At(each.Position, service), Severity.Error, each.Message)));
        }
        catch (Exception failure)
        {
            Report(service, $"the handler '{service.Handler}' cannot be created: {failure.GetType().Name}: {failure.Message}");
        }
        finally
        {
            HandlerThread.Enter(null);
        }

        return null;
    }

    /// <summary>Reports a problem of the handler that a service names.</summary>
    private void Report(Service service, string message) =>
        problems.Add(new ConfigProblem(service.HandlerAt, Severity.Error, message));

    /// <summary>Reports files of the settings that another user could change, if root runs the handler.</summary>
    private void JudgeFiles(Service service)
    {
        foreach (var (path, position) in request.IsRoot ? service.Settings.Files() : [])
        {
            using var walk = request.Host.Files.Walk(path);
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

    private string Unknown(Service service, Map map)
    {
        // Where the port names a service without a table, the name may be that of a service or of a handler.
        var isImplied = service.At == service.HandlerAt;
        var names = isImplied
            ? catalog.Names.Concat(map.Services.Where(other => other != service).Select(other => other.Name))
            : catalog.Names;

        // Problems that are not shown get no suggestion, which is searched for among all names of the map.
        return (isImplied ? $"unknown service '{service.Name}'" : $"unknown handler '{service.Handler}'")
            + Suggestion.For(service.Handler!, problems.Count < ProblemText.MostShown ? names : []);
    }

    /// <summary>The position of a value of the settings.</summary>
    public static Position At(SettingPosition? position, Service service) => position is { } at && at.File == service.At.Source.Name
        ? new Position(service.At.Source, at.Line, at.Column, at.Length)
        : service.HandlerAt;
}
