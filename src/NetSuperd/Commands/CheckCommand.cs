using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Server.Config;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd check</c>: the whole load without the start.</summary>
internal static class CheckCommand
{
    /// <returns>0, 66 or 78, 71 where the map cannot be printed, 69 where there is no daemon to compare with; warnings never change it.</returns>
    public static async Task<int> RunAsync(
        string? config, string[] ports, bool show, bool diff, string? control, CancellationToken stopping)
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
                return await new DaemonCommand(control ?? loaded.Map.Daemon.Control, null).DiffAsync(server.Configuration.Entries(), stopping);
            }

            Terminal.Say($"{config ?? CommandLine.DefaultConfig}: the map is valid");
        }

        return ExitStatus.Ok;
    }
}
