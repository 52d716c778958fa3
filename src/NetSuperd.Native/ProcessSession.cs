using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The processes of a session, which no system call lists or signals: they are looked up in proc(5).</summary>
public static class ProcessSession
{
    private const long NanosecondsOfSecond = 1_000_000_000;

    /// <summary>
    /// Whether a process group has processes, zombies included; as long as it has, the kernel gives its number to no other process.
    /// </summary>
    public static bool HasGroup(int leader) => Libc.kill(-leader, 0) == 0;

    /// <summary>
    /// Whether a process belongs to a session, named by the process id of its leader; null where there is no such process. A zombie counts.
    /// </summary>
    public static bool? Has(int session, int pid) => ReadStat(pid) is { } found ? found.Session == session : null;

    /// <summary>Whether a process is stopped by a signal (signal(7)); one that a debugger holds is not.</summary>
    public static bool IsStopped(int pid) => ReadStat(pid) is { State: "T" };

    /// <summary>The parent of a process; null where there is no such process, and 0 where it has none.</summary>
    public static int? ParentOf(int pid) => ReadStat(pid)?.Parent;

    /// <summary>
    /// The path of the program that a process runs, even if another file is there by now; null where this process may not see it.
    /// </summary>
    public static string? ProgramOf(int pid)
    {
        try
        {
            const string Deleted = " (deleted)";
            var path = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/exe")).LinkTarget;
            return path is not null && path.EndsWith(Deleted, StringComparison.Ordinal) ? path[..^Deleted.Length] : path;
        }
        catch (Exception gone) when (gone is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    /// <summary>The sessions that have a living process. A zombie that its parent does not reap does not count.</summary>
    /// <param name="sessions">The sessions, each named by the process id of its leader.</param>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    public static IReadOnlySet<int> Living(IReadOnlySet<int> sessions) =>
        sessions.Count == 0
            ? sessions
            : Processes().Select(pid => SessionOf(pid)?.Session).OfType<int>().Where(sessions.Contains).ToHashSet();

    /// <summary>
    /// Signals every process of the sessions but those whose group kill(2) has reached: a shell gives each of its jobs a group of its own.
    /// A process that calls setsid(2) itself has left the session and is not found.
    /// </summary>
    /// <param name="sessions">The sessions, each named by the process id of its leader.</param>
    /// <param name="reached">The process groups to leave out.</param>
    /// <param name="signal">The signal.</param>
    /// <returns>How many processes were signalled.</returns>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    public static int Signal(IReadOnlySet<int> sessions, IReadOnlySet<int> reached, int signal) => sessions.Count == 0 ? 0 : Processes()
        .Count(pid => IsMember(pid, sessions, reached) && Signal(pid, sessions, reached, signal));

    /// <summary>The system does not reuse the pid while its descriptor is open, so the process is checked again after that.</summary>
    private static bool Signal(int pid, IReadOnlySet<int> sessions, IReadOnlySet<int> reached, int signal)
    {
        var fd = (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0);
        if (fd < 0)
        {
            return false;
        }

        using var process = new Descriptor(fd);
        return IsMember(pid, sessions, reached) && Libc.syscall(Libc.SYS_pidfd_send_signal, process, signal, 0, 0) == 0;
    }

    /// <summary>Whether a living process is one of the sessions.</summary>
    internal static bool IsMember(int pid, IReadOnlySet<int> sessions) => SessionOf(pid) is { } found && sessions.Contains(found.Session);

    private static bool IsMember(int pid, IReadOnlySet<int> sessions, IReadOnlySet<int> reached) =>
        SessionOf(pid) is { } found && sessions.Contains(found.Session) && !reached.Contains(found.Group);

    /// <summary>The CPU time that each living process of the sessions has used, with all its threads, in nanoseconds.</summary>
    /// <param name="sessions">The sessions, each named by the process id of its leader.</param>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    public static unsafe IReadOnlyDictionary<int, long> TimeUsed(IReadOnlySet<int> sessions)
    {
        var used = new Dictionary<int, long>();
        foreach (var pid in MembersOf(sessions))
        {
            var time = default(Libc.TimeSpec);
            if (Libc.clock_gettime(Libc.ClockOf(pid), &time) == 0)
            {
                used[pid] = (time.tv_sec * NanosecondsOfSecond) + time.tv_nsec;
            }
        }

        return used;
    }

    /// <summary>The living processes of the sessions.</summary>
    /// <inheritdoc cref="TimeUsed"/>
    internal static List<int> MembersOf(IReadOnlySet<int> sessions) => sessions.Count == 0 ? []
        : [.. Processes().Where(pid => IsMember(pid, sessions))];

    /// <summary>Whether every thread of a process is stopped; one that a debugger holds is.</summary>
    internal static bool AreThreadsStopped(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
                .All(thread => ReadStat($"{thread}/stat") is null or { State: "T" or "t" or "Z" or "X" });
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static IEnumerable<int> Processes() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    private static (int Group, int Session)? SessionOf(int pid) =>
        ReadStat(pid) is { State: not ("Z" or "X") } found ? (found.Group, found.Session) : null;

    private static int Number(string field) => int.Parse(field, CultureInfo.InvariantCulture);

    private static (string State, int Parent, int Group, int Session)? ReadStat(int pid) =>
        ReadStat(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));

    private static (string State, int Parent, int Group, int Session)? ReadStat(string file)
    {
        try
        {
            // pid (comm) state ppid pgrp session: the name may hold spaces and parentheses.
            var stat = File.ReadAllText(file);
            var fields = stat[(stat.LastIndexOf(')') + 1)..].TrimStart().Split(' ', 5);
            return fields.Length < 5 ? null : (fields[0], Number(fields[1]), Number(fields[2]), Number(fields[3]));
        }
        catch (Exception gone) when (
            gone is UnauthorizedAccessException
            || (gone is IOException && (Errno)gone.HResult is not (Errno.EMFILE or Errno.ENFILE)))
        {
            return null;
        }
    }
}
