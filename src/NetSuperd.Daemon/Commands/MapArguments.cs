using System.Reflection;
using Microsoft.Extensions.Logging;
using NetSuperd.Builtins;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.FirstBytes;

namespace NetSuperd.Commands;

/// <summary>What <c>run</c> and <c>check</c> have in common: which map to load, and how its problems are printed.</summary>
internal static class MapArguments
{
    /// <summary>The built-in handlers.</summary>
    public static readonly Type[] Builtins =
    [
        typeof(EchoHandler), typeof(DiscardHandler), typeof(ChargenHandler), typeof(DaytimeHandler), typeof(TimeHandler),
        typeof(QotdHandler),
        typeof(SystatHandler), typeof(NetstatHandler), typeof(IdentHandler), typeof(TcpmuxHandler),
        typeof(HttpHealthHandler), typeof(AgentCheckHandler),
        typeof(FirstBytesHandler),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> BuiltinNames =>
        Builtins.Select(type => type.GetCustomAttribute<HandlerAttribute>()!.Name).ToHashSet();

    /// <summary>Loads the map that the arguments name; <c>--port</c> alone needs no map.</summary>
    public static async Task<(LoadResult Loaded, Superserver? Server)> LoadAsync(
        string? config, string[] ports, bool toRun, Func<LogSection, ILoggerFactory> loggers)
    {
        var (loaded, server) = Superserver.Load(Request(config, ports, toRun), Builtins, loggers, TimeProvider.System);
        if (server is null || (loaded = await server.OpenWorkersAsync(loaded)) is { HasErrors: false })
        {
            return (loaded, server);
        }

        await server.DisposeAsync();
        return (loaded, null);
    }

    /// <summary>What the system offers the engine.</summary>
    public static Host Host => Installation.Current.Host;

    /// <summary>What to load.</summary>
    public static LoadRequest Request(string? config, string[] ports, bool toRun) => new()
    {
        File = config ?? (ports.Length > 0 ? null : CommandLine.DefaultConfig),
        Ports = [.. ports],
        Host = Host,
        ToRun = toRun,
        IsRoot = Host.Process.IsRoot,
        DefaultPlugins = Path.Combine(AppContext.BaseDirectory, "plugins"),
        Builtins = BuiltinNames,
        Program = Path.Combine(AppContext.BaseDirectory, "netsuperd"),
        ExecHelper = Path.Combine(AppContext.BaseDirectory, "netsuperd-exec"),
    };

    /// <summary>Prints the problems.</summary>
    public static void Say(LoadResult loaded)
    {
        foreach (var (number, problem) in ProblemText.Format(loaded).Index())
        {
            Terminal.SayProblem(problem, loaded.Problems[number].Severity == Severity.Error);
        }
    }

    /// <summary>The exit status of a map that does not load.</summary>
    public static int Status(LoadResult loaded) =>
        loaded.FileMissing ? ExitStatus.NoInput : loaded.HasErrors ? ExitStatus.Config : ExitStatus.Ok;
}
