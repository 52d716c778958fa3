using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Control;
using NetSuperd.Server.Config;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd check</c>: loads the map as <c>run</c> does, and starts nothing.</summary>
internal static class CheckCommand
{
    /// <returns>
    /// 0, 66 or 78; 71 where the map cannot be printed; with <c>--diff</c> the daemon's status. Warnings never change it.
    /// </returns>
    public static async Task<int> RunAsync(string? config, string[] ports, bool show, bool diff, string? control)
    {
        var (loaded, server) = MapArguments.Load(config, ports, toRun: false, _ => NullLoggerFactory.Instance);
        MapArguments.Say(loaded);
        if (server is null)
        {
            return MapArguments.Status(loaded);
        }

        await using (server)
        {
            if (show)
            {
                return Terminal.Print(MapText.Format(loaded.Map).TrimEnd() + "\n");
            }

            if (diff)
            {
                return await CompareAsync(control ?? loaded.Map.Daemon.Control, server.Configuration.Entries());
            }

            var need = DescriptorNeed.Of(loaded.Map, MapArguments.BuiltinNames);
            var most = need.Most is { } all ? $"{all} with all the connections that it allows" : "one more for each connection";
            Terminal.Say($"{config ?? CommandLine.DefaultConfig}: the map is valid; it needs {need.AtStart} descriptors, {most}");
        }

        return ExitStatus.Ok;
    }

    /// <summary>Prints the differences from the map that the running daemon serves.</summary>
    private static async Task<int> CompareAsync(string? path, IReadOnlyList<MapEntry> entries)
    {
        if (path is null)
        {
            return DaemonArguments.SayNoDefault();
        }

        var answer = await ControlClient.AskAsync(path, ControlRequest.Of(ControlCommand.Map), CancellationToken.None);
        DaemonCommand.Say(answer);
        return DaemonCommand.Show(answer, running => running.Entries is not { } served ? null
            : MapChanges.Format(MapDiff.Between([.. served.Select(entry => new MapEntry(entry.Key, entry.Value))], entries)));
    }
}
