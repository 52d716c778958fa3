using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Server.Config;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd check</c>: the whole load without the start.</summary>
internal static class CheckCommand
{
    /// <returns>0, 66 or 78; warnings never change it.</returns>
    public static async Task<int> RunAsync(string? config, string[] ports, bool show)
    {
        var (loaded, server) = MapArguments.Load(config, ports, toRun: false, _ => NullLoggerFactory.Instance);
        await MapArguments.PrintAsync(loaded);
        if (server is null)
        {
            return MapArguments.Status(loaded);
        }

        await using (server)
        {
            if (show)
            {
                await Console.Out.WriteLineAsync(MapText.Format(loaded.Map).TrimEnd());
            }
            else
            {
                await Console.Error.WriteLineAsync($"{config ?? CommandLine.DefaultConfig}: the map is valid");
            }
        }

        return ExitStatus.Ok;
    }
}
