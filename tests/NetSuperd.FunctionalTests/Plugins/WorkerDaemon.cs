using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A daemon with handlers in workers, each service on a port of its name.</summary>
internal static partial class WorkerDaemon
{
    public static Task<Daemon> StartAsync(BuiltPlugins plugins, string services, string drain, params string[] expected) =>
        Daemon.StartAsync(
            $"""
            [ports]
            %echo% = "echo"
            {string.Join('\n', Name().Matches(services).Select(match => $"%{match.Groups[1].Value}% = \"{match.Groups[1].Value}\""))}
            {services}
            [daemon]
            plugins = "{plugins.Folder}"
            drain = "{drain}"
            """,
            new DaemonSetup { Expected = expected });

    [GeneratedRegex(@"\[services\.(\w+)\]")]
    private static partial Regex Name();
}
