using System.Globalization;

namespace NetSuperd.Native;

/// <summary>Children of this process of which it was never told: copies of a fork server that were killed before they could say that they are there.</summary>
public static class LostChildren
{
    // The fields behind the name in proc_pid_stat(5).
    private const int State = 0;
    private const int Parent = 1;
    private const int ExitCode = 49;

    /// <summary>Those that were killed and are to be reaped. Children that are known and not reaped yet may be among them.</summary>
    /// <param name="name">The name of the program, as <c>/proc</c> shows it.</param>
    public static IReadOnlyList<int> Find(string name) => [.. Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0 && IsKilled(pid, name))];

    /// <summary>Reaps one.</summary>
    public static unsafe void Reap(int pid)
    {
        int status;
        ResourceUsage usage;
        _ = Libc.wait4(pid, &status, Libc.WNOHANG, &usage);
    }

    private static bool IsKilled(int pid, string name)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ');
            return fields.Length > ExitCode && fields[State] == "Z" && stat.Contains($"({name})", StringComparison.Ordinal)
                && fields[Parent] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
                && (int.Parse(fields[ExitCode], CultureInfo.InvariantCulture) & 0x7F) != 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
