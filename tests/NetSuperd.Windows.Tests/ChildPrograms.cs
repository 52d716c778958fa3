using System.Collections.Immutable;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Windows.Tests;

/// <summary>Programs as the map gives them to children.</summary>
internal static class ChildPrograms
{
    /// <summary>A program with all defaults.</summary>
    public static ChildProgram Of(string path, params string[] arguments) => new()
    {
        Path = path,
        Arguments = [.. arguments],
        Argv0 = path,
        Cwd = Environment.SystemDirectory,
        Chroot = null,
        Umask = 0,
        Nice = null,
        NoNewPrivs = true,
        Forge = false,
        Stderr = ChildStderr.Log,
        Fds = ChildFds.Pipes,
        Wait = false,
        Start = ChildStart.Demand,
        Restart = ServerRestart.Never,
        StopSignal = SignalName.SIGTERM,
        Processes = null,
        IdleStop = null,
        OnChange = ChangeAction.Leave,
        Notify = false,
        StartTimeout = null,
        Watchdog = null,

        // Wine needs the last one for the runtime.
        Env = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("DOTNET_EnableWriteXorExecute", "0"),
        PassEnv = [],
        User = new UserEntry("me", 1, 1, "", ""),
        Group = 1,
        Groups = new ChildGroups(GroupsChoice.Init, []),
        Limits = [],
    };
}
