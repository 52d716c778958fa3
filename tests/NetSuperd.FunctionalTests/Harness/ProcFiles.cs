using System.Globalization;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What proc(5) tells of processes.</summary>
internal static class ProcFiles
{
    /// <summary>
    /// The children of a daemon or of another process, with their state letter; zombies are <c>Z</c>. The fork server of a daemon is not
    /// among them.
    /// </summary>
    public static IReadOnlyList<(int Pid, char State)> Children(int parent) => [.. All(parent).Where(child => !IsForkServer(child.Pid))];

    /// <summary>The fork server of a daemon, which starts a moment after it serves.</summary>
    public static async Task<int> ForkServerAsync(int daemon)
    {
        await Deadline.UntilAsync(() => ForkServer(daemon) is not null, $"a fork server of {daemon}");
        return ForkServer(daemon)!.Value;
    }

    /// <summary>The fork server of a daemon; null where there is none now.</summary>
    public static int? ForkServer(int daemon) =>
        All(daemon).Where(child => child.State != 'Z' && IsForkServer(child.Pid)).Select(child => (int?)child.Pid).Min();

    // A child that has not executed its program yet looks like the fork server, with a connection in the place of /dev/null.
    private static bool IsForkServer(int pid) =>
        Read($"/proc/{pid}/cmdline")?.Split('\0') is [_, "--fork-server=1", ..]
            && new FileInfo($"/proc/{pid}/fd/0").LinkTarget == "/dev/null";

    private static List<(int Pid, char State)> All(int parent)
    {
        var children = new List<(int, char)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            // pid (name) state parent ...; the name may hold anything.
            if (Read($"{folder}/stat") is { } stat && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [[var state], var ppid, ..]
                && int.Parse(ppid, CultureInfo.InvariantCulture) == parent)
            {
                children.Add((int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), state));
            }
        }

        return children;
    }

    /// <summary>Whether a process runs; a zombie does not.</summary>
    public static bool Lives(int pid) => Read($"/proc/{pid}/cmdline") is { Length: > 0 };

    /// <summary>How many descriptors a process holds.</summary>
    public static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    /// <summary>How many threads a process has.</summary>
    public static int Threads(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    /// <summary>The libraries that a process has mapped.</summary>
    public static IReadOnlyList<string> Libraries(int pid) => [.. File.ReadLines($"/proc/{pid}/maps")
        .Select(line => line[(line.LastIndexOf(' ') + 1)..])
        .Where(file => file.EndsWith(".dll", StringComparison.Ordinal) || file.Contains(".so", StringComparison.Ordinal))
        .Distinct()
        .Order(StringComparer.Ordinal)];

    /// <summary>How many sockets, pipes and the like a process holds; the runtime opens files of its own when it pleases.</summary>
    public static int Channels(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(descriptor => !IsFile(descriptor));

    /// <summary>How many sockets a process holds.</summary>
    public static int Sockets(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
        .Count(descriptor => new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    /// <summary>The resident memory of a process in bytes.</summary>
    public static long ResidentBytes(int pid) => long.Parse(Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture) * 1024;

    /// <summary>The resident memory of a process that no file is behind, in bytes.</summary>
    public static long AnonymousBytes(int pid) => long.Parse(Status(pid, "RssAnon").Split(' ')[0], CultureInfo.InvariantCulture) * 1024;

    /// <summary>Whether a process has a handler for a signal.</summary>
    public static bool Catches(int pid, int signal) =>
        (ulong.Parse(Status(pid, "SigCgt"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> (signal - 1) & 1) == 1;

    /// <summary>Whether every thread of a process is stopped; SIGSTOP is sent a moment before.</summary>
    public static bool IsStopped(int pid) => Directory.GetDirectories($"/proc/{pid}/task")
        .All(task => Read($"{task}/status") is { } status && Field(status, "State").StartsWith('T'));

    /// <summary>A line of <c>/proc/PID/status</c>.</summary>
    public static string Status(int pid, string key) => Field(File.ReadAllText($"/proc/{pid}/status"), key);

    /// <summary>The value of a key in text of the form of <c>/proc/PID/status</c>.</summary>
    public static string Field(string status, string key) =>
        status.Split('\n').Single(line => line.StartsWith(key + ":", StringComparison.Ordinal))[(key.Length + 1)..].Trim();

    // A descriptor that has been closed since has no target.
    private static bool IsFile(string descriptor) => new FileInfo(descriptor).LinkTarget is not { } target || target.StartsWith('/');

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It ended while we looked.
            return null;
        }
    }
}
