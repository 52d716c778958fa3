using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// Loads a map with everything that serves it: reads the files, loads the plugins, creates the handlers, and checks what only these tell.
/// </summary>
/// <param name="request">What to load, and for which user.</param>
/// <param name="builtins">The types of the built-in handlers.</param>
/// <param name="loggers">Creates the logger of each handler.</param>
/// <param name="host">What handlers see of the server, and what it does for them.</param>
/// <param name="tally">Counts the connections of each service.</param>
internal sealed class ConfigurationLoader(
    LoadRequest request, Type[] builtins, ILoggerFactory loggers, IHandlerHost host, ConnectionTally tally)
{
    /// <summary>What to load, and for which user.</summary>
    public LoadRequest Request => request;

    /// <summary>Reads the map again, as it is now, with everything that serves it. Nothing that runs changes.</summary>
    /// <param name="running">The configuration in force; equal parts are taken from it.</param>
    /// <param name="processes">Has the handlers that serve in other processes.</param>
    /// <returns>Every problem, and the configuration; null where a problem is an error.</returns>
    public async Task<(LoadResult Loaded, Configuration? Next)> ReadAgainAsync(Configuration running, IProcesses processes)
    {
        var (loaded, next) = Complete(MapLoader.Load(request), running);
        next.Processes = processes.Of(next, running);
        loaded = await processes.CreateAsync(loaded, next, running).ConfigureAwait(false);
        if (!loaded.HasErrors)
        {
            return (loaded, next);
        }

        await next.DisposeAsync().ConfigureAwait(false);
        return (loaded, null);
    }

    /// <summary>Adds plugins and handlers to a map that has been read.</summary>
    /// <param name="loaded">The map, with its problems.</param>
    /// <param name="running">The configuration in force; null: there is none.</param>
    /// <returns>The map with every problem, and the configuration, to be disposed of where one of them is an error.</returns>
    public (LoadResult Loaded, Configuration Configuration) Complete(LoadResult loaded, Configuration? running)
    {
        var problems = new List<ConfigProblem>();
        var catalog = new HandlerCatalog();
        foreach (var builtin in builtins)
        {
            catalog.Add(builtin, HandlerCatalog.Builtin);
        }

        // Code that nothing needs stays out of the daemon, and the start is faster without it.
        var plugins = loaded.Map.Services.Any(service => service.Handler is { } handler && catalog.Find(handler) is null)
            ? new PluginLoader(catalog, request, running?.Plugins ?? [], problems).Load(loaded.Map.Daemon.Plugins)
            : [];
        var handlers = new HandlerSet(catalog, tally.Use, loggers, host, request, problems)
            .Create(loaded.Map, running?.HandlersByName ?? new Dictionary<string, HandlerInstance>());
        problems.AddRange(loaded.Map.PortEntries.SelectMany(port => Mismatch(port, catalog)));
        var passed = new PassedServices(loaded, catalog);
        problems.AddRange(passed.Add([.. handlers.Select(pair => (pair.Key, pair.Value.PassesTo, pair.Value.Shows))]));
        if (loaded.Map.Services.All(service => service is not { Enabled: true, Worker: not null }))
        {
            // Otherwise the handlers in workers are added first.
            problems.AddRange(passed.Unreached());
        }

        if (!loaded.HasErrors && problems.TrueForAll(problem => problem.Severity != Severity.Error))
        {
            // Beside errors the advice would only be in the way.
            problems.AddRange(RunningAsRoot(loaded.Map, catalog));
        }

        var configuration = new Configuration(loaded.Map, plugins, handlers, passed, running, loggers.CreateLogger("NetSuperd"))
        {
            InWorkers = [.. loaded.Map.Services.Where(service => service is { Enabled: true, Worker: not null, Unavailable: null }
                    && MayStart(service.Worker) && (service.Handler is not { } name || catalog.Find(name) is not null))
                .Select(service => (service, service.Handler is { } name ? catalog.PluginOf(name) : null))],
        };
        return (loaded.With(problems), configuration);
    }

    /// <summary>
    /// Whether this user can start a worker: <c>check</c> by another user than root warns of the user, and starts none.
    /// </summary>
    private bool MayStart(WorkerProgram worker) => request.ToRun || request.Host.Process.UserId == 0
        || worker.Rights.User.UserId == request.Host.Process.UserId;

    /// <summary>Warns of plugins' handlers that have the rights of root, although they could do without.</summary>
    private IEnumerable<ConfigProblem> RunningAsRoot(Map map, HandlerCatalog catalog) =>
        map.PortEntries.Where(_ => request is { IsRoot: true, ToRun: false } && !request.Host.Absent.ContainsKey("services.user"))
            .Select(port => port.Service)
            .Where(service => service is { Enabled: true, Worker: null, Handler: { } handler } && catalog.Find(handler) is not null
                && catalog.PluginOf(handler) is not null)
            .DistinctBy(service => service.Name)
            .Select(service => new ConfigProblem(service.HandlerAt, Severity.Warning, $"the handler '{service.Handler}' is a plugin's, and "
                + $"serves as root inside the daemon; in [services.{service.Name}], user = \"NAME\" gives it a process with the rights of "
                + "that user"));

    /// <summary>Reports sockets that their service cannot serve.</summary>
    private IEnumerable<ConfigProblem> Mismatch(Port port, HandlerCatalog catalog)
    {
        if (port.Service.Handler is { } handler && catalog.Find(handler) is { } type)
        {
            var (streams, datagrams) = (type.IsAssignableTo(typeof(IStreamHandler)), type.IsAssignableTo(typeof(IDatagramHandler)));
            if (port.Key.Transport.IsRaw && catalog.PluginOf(handler) is null)
            {
                yield return new ConfigProblem(port.At, Severity.Error, $"the handler '{handler}' is built in and does not know packets; "
                    + $"{port.Entry}, a raw socket, is for a plugin, or for a program with wait = true");
            }
            else if (!((port.Key.Transport.IsStream && streams) || (port.Key.Transport.IsDatagram && datagrams)))
            {
                var served = !datagrams ? "streams only" : !streams ? "datagrams only" : "streams and datagrams";
                yield return new ConfigProblem(port.At, Severity.Error, $"the handler '{handler}' serves {served}; "
                    + $"{port.Entry} is a different kind of socket");
            }
        }
        else if (port.Service.Forward is not null && port.Key.Transport is { IsStream: false, HasSessions: false })
        {
            yield return new ConfigProblem(port.At, Severity.Error,
                $"'{port.Service.Name}' forwards streams and datagrams of UDP, and {port.Entry}, {port.Key.Transport.Noun}, has neither");
        }
        else if (port.Service.Program is { HasSockets: false } && port.Key.Transport.IsDatagram)
        {
            yield return new ConfigProblem(port.At, Severity.Error,
                $"'{port.Service.Name}' starts a child for each connection, and {port.Entry}, {port.Key.Transport.Noun}, has none; "
                + (request.Host.Has(ServiceKeys.Wait) ? "with wait = true one child inherits the socket itself"
                    : "on this system only a handler can serve it"));
        }
    }
}
