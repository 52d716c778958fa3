using NetSuperd.Platform;

namespace NetSuperd.Linux.Spawn;

/// <summary>The step at which the start of a child failed, and why.</summary>
/// <param name="Step">The step: <c>spawn</c> of the helper itself, or one of the helper's.</param>
/// <param name="Errno">Why.</param>
internal sealed record SpawnFailure(string Step, Errno Errno)
{
    /// <summary>The first step: netsuperd-exec itself could not be started.</summary>
    public const string Spawn = "spawn";

    /// <summary>The exit statuses of netsuperd-exec: those of systemd.exec(5), where that defines one.</summary>
    private static readonly Dictionary<int, string> Steps = new()
    {
        [200] = "cwd",
        [201] = "nice",
        [203] = "exec",
        [205] = "limits",
        [210] = "chroot",
        [216] = "group",
        [217] = "user",
        [218] = "capabilities",
        [227] = "no_new_privs",
        [228] = "seccomp",
        [237] = "keyring",
    };

    /// <summary>The word under which it is counted.</summary>
    public string Word => $"{Step} {Errno}";

    /// <summary>Whether an exit status is one of the helper's.</summary>
    public static bool Knows(int status) => Steps.ContainsKey(status);

    /// <summary>The failure that this exit status of the helper means; null where it is none of the helper's.</summary>
    public static SpawnFailure? From(int status, int errno) =>
        Steps.TryGetValue(status, out var step) ? new SpawnFailure(step, (Errno)errno) : null;
}
