using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Control;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd check</c>: loads the map as <c>run</c> does, and starts nothing.</summary>
internal static class CheckCommand
{
    /// <returns>
    /// 0, 66 or 78; 71 where the map cannot be printed; with <c>--diff</c> the daemon's status. Warnings never change it.
    /// </returns>
    public static async Task<int> RunAsync(string? config, string[] ports, string? control, CheckOutput output)
    {
        if (output.IsDiff && ports.Length == 0)
        {
            (config, var status) = await DaemonArguments.FindMapAsync(control, config);
            if (status != ExitStatus.Ok)
            {
                return status;
            }
        }

        var (loaded, server) = await MapArguments.LoadAsync(config, ports, toRun: false, _ => NullLoggerFactory.Instance);
        MapArguments.Say(loaded);
        var outcome = server is null ? MapArguments.Status(loaded) : await PrintAsync(loaded, server, config, control, output);
        if (!loaded.Problems.IsEmpty)
        {
            Terminal.Say(ProblemText.Count(loaded));
        }

        return outcome;
    }

    /// <summary>Prints what a valid map is like.</summary>
    /// <returns>The exit status.</returns>
    private static async Task<int> PrintAsync(LoadResult loaded, Superserver server, string? config, string? control, CheckOutput output)
    {
        await using (server)
        {
            if (output.IsShow)
            {
                return Terminal.Print(MapText.Format(loaded.Map).TrimEnd() + "\n");
            }

            if (output.IsDiff)
            {
                return await CompareAsync(control ?? loaded.Map.Daemon.Control, server.Configuration.Entries(), output.IsFull);
            }

            var need = DescriptorNeed.Of(loaded.Map, MapArguments.BuiltinNames, MapArguments.Host.Process.UserId);
            var most = need.Most is { } all ? $"{all} with all the connections that it allows" : "one more for each connection";
            Terminal.Say($"{config ?? CommandLine.DefaultConfig}: the map is valid; it needs {need.AtStart} descriptors, {most}");
        }

        return ExitStatus.Ok;
    }

    /// <summary>Prints the differences from the map that the running daemon serves.</summary>
    private static async Task<int> CompareAsync(string? path, IReadOnlyList<MapEntry> entries, bool full)
    {
        if (path is null)
        {
            return DaemonArguments.SayNoDefault();
        }

        var answer = await ControlClient.AskAsync(path, ControlRequest.Of(ControlCommand.Map), CancellationToken.None);
        DaemonCommand.Say(answer);
        return DaemonCommand.Show(answer, running => running.Entries is not { } served ? null
            : MapChanges.Format(MapDiff.Between([.. served.Select(entry => new MapEntry(entry.Key, entry.Value))], entries), full));
    }
}

/// <summary>What <c>check</c> prints of a valid map.</summary>
/// <param name="IsShow">The effective map.</param>
/// <param name="IsDiff">The differences from the map that the daemon serves.</param>
/// <param name="IsFull">With the defaults of new services and sockets.</param>
internal sealed record CheckOutput(bool IsShow, bool IsDiff, bool IsFull);
