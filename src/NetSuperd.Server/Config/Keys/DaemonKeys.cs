namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[daemon]</c>.</summary>
internal static class DaemonKeys
{
    public static readonly Key<DaemonSection, string> PidFile = new(
        "pid_file",
        Scope.Always,
        new PathKind(relative: true),
        section => section.PidFile,
        "the file that holds the daemon's process id while it runs; everybody may read it");

    public static readonly Key<DaemonSection, TimeSpan> Drain = new Key<DaemonSection, TimeSpan>(
        "drain",
        Scope.Always,
        new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(24)),
        section => section.Drain,
        "how long a stop waits for connections to end before it aborts them").Or(TimeSpan.FromSeconds(30));

    public static readonly Key<DaemonSection, string> Plugins = new(
        "plugins",
        Scope.Always,
        new PathKind(relative: true),
        section => section.Plugins,
        "the folder of plugins; default: plugins beside the executable");

    public static readonly IReadOnlyList<Key<DaemonSection>> All = [PidFile, Drain, Plugins];
}
