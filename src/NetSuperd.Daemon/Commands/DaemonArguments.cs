using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Commands;

/// <summary>
/// Where a command finds its daemon: at <c>--control</c>, at the path in the map of <c>--config</c>, or at the default path.
/// </summary>
internal static class DaemonArguments
{
    /// <summary>
    /// Finds the control socket. Most errors of a map do not matter here, because an administrator must be able to stop a daemon whose map
    /// is broken; but an error that may hide the key ends the command, which would otherwise reach the daemon at the default path.
    /// </summary>
    /// <param name="control">The argument of <c>--control</c>.</param>
    /// <param name="config">The argument of <c>--config</c>.</param>
    /// <param name="isQuestion">Whether root's daemon is meant by a user without a daemon of its own.</param>
    /// <returns>The path, or why there is none.</returns>
    public static (string? Path, int Status) Find(string? control, string? config, bool isQuestion = false)
    {
        if (control == "")
        {
            Terminal.Say("netsuperd: --control needs a path");
            return (null, ExitStatus.Usage);
        }

        if (control is not null)
        {
            return (FullPath.Of(control), ExitStatus.Ok);
        }

        // The default map may be missing, and this user may have no right to read it.
        var own = MapArguments.Host.Process.Surroundings().DefaultControl;
        var path = own;
        var map = config ?? (File.Exists(CommandLine.DefaultConfig) ? CommandLine.DefaultConfig : null);
        var loaded = map is null ? null : MapLoader.Load(MapArguments.Request(map, [], toRun: false));
        if (loaded is not null && (config is not null || !loaded.FileMissing))
        {
            path = loaded.Map.Daemon.Control;
            var isDefault = path is null || loaded.Map.Daemon.ControlIsDefault;
            if (loaded.FileMissing || (loaded.HasErrors && isDefault && MayName(map!, path)))
            {
                MapArguments.Say(loaded);
                Terminal.Say($"netsuperd: the errors of {map} may hide where its daemon is; "
                    + $"name its {Installation.Current.ControlNoun} with --control");
                return (null, MapArguments.Status(loaded));
            }
        }

        if (isQuestion && path == own && MapArguments.Host.Files.StatusOf(ControlPath.OfRoot) is not null
            && (path is null || MapArguments.Host.Files.StatusOf(path) is null))
        {
            path = ControlPath.OfRoot;
        }

        return path is null ? (null, SayNoDefault()) : (path, ExitStatus.Ok);
    }

    /// <summary>
    /// Finds the map of a command that reads one: that of <c>--config</c>, else that of the daemon at <c>--control</c>, else the default.
    /// </summary>
    /// <returns>The map, null for the default one; and a status other than 0 where there is none.</returns>
    public static async Task<(string? Map, int Status)> FindMapAsync(string? control, string? config)
    {
        if (config is not null || control is null)
        {
            return (config, ExitStatus.Ok);
        }

        var (path, status) = Find(control, null, isQuestion: true);
        if (path is null)
        {
            return (null, status);
        }

        var answer = await ControlClient.AskAsync(path, ControlRequest.Of(ControlCommand.Status), CancellationToken.None);
        DaemonCommand.Say(answer);
        if (answer is { Status: ExitStatus.Ok, Daemon.Config: null })
        {
            Terminal.Say($"netsuperd: the daemon at {path} serves the sockets of its command line; name a map with --config");
            return (null, ExitStatus.Usage);
        }

        return (answer.Daemon?.Config, answer.Status);
    }

    /// <summary>Reports that there is no default.</summary>
    /// <returns>The exit status.</returns>
    public static int SayNoDefault()
    {
        Terminal.Say(
            $"netsuperd: there is no {Installation.Current.ControlNoun}: {Installation.Current.WhyNoControl}; "
            + "set daemon.control in the map, or use --control");
        return ExitStatus.Unavailable;
    }

    /// <summary>Whether a line of the file that is no comment may name another socket than the default.</summary>
    private static bool MayName(string config, string? path)
    {
        try
        {
            // A pipe can be read only once, and has been read.
            return MapArguments.Host.Files.StatusOf(config) is not { Type: FileType.Regular }
                || File.ReadLines(config).Any(line => line.Contains("control", StringComparison.Ordinal)
                    && !line.TrimStart().StartsWith('#')
                    && (path is null || !line.Contains(path, StringComparison.Ordinal)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
