using System.Globalization;
using System.Text.Json.Serialization;

namespace NetSuperd.Server.Tally;

/// <summary>What the daemon's process uses, without its children.</summary>
/// <param name="CpuSeconds">Processor time since its start, in seconds.</param>
/// <param name="ResidentBytes">Memory that is resident (proc(5)); null: the system does not tell.</param>
/// <param name="ManagedBytes">Memory that the runtime's garbage collector has allocated.</param>
/// <param name="Threads">Its threads; null: the system does not tell.</param>
/// <param name="Descriptors">Its open descriptors.</param>
/// <param name="MaxDescriptors">How many it may have.</param>
/// <param name="Collections">Garbage collections since its start, by generation.</param>
/// <param name="PausedSeconds">How long they have paused the process altogether, in seconds.</param>
/// <param name="Loops">How often each event loop has returned from waiting.</param>
public sealed record ProcessUse(
    [property: JsonPropertyName("cpu_s")] double CpuSeconds,
    long? ResidentBytes,
    long ManagedBytes,
    int? Threads,
    long Descriptors,
    long MaxDescriptors,
    IReadOnlyList<int> Collections,
    [property: JsonPropertyName("paused_s")] double PausedSeconds,
    IReadOnlyDictionary<string, long> Loops)
{
    // Places behind the name of the program in /proc/self/stat: num_threads and rss.
    private const int ThreadsAt = 17;
    private const int ResidentAt = 21;

    /// <summary>What this process uses now.</summary>
    /// <param name="loops">The turns of its event loops.</param>
    public static ProcessUse Now(IReadOnlyDictionary<string, long> loops)
    {
        var stat = Stat();
        return new ProcessUse(
            Environment.CpuUsage.TotalTime.TotalSeconds,
            Number(stat, ResidentAt) * Environment.SystemPageSize,
            GC.GetTotalMemory(forceFullCollection: false),
            (int?)Number(stat, ThreadsAt),
            Native.Descriptors.Count(),
            Native.Descriptors.Limit,
            [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)],
            GC.GetTotalPauseDuration().TotalSeconds,
            loops);
    }

    private static string[] Stat()
    {
        try
        {
            // The name may have any letter, also a bracket and a space.
            var text = File.ReadAllText("/proc/self/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left, or there is no /proc.
            return [];
        }
    }

    private static long? Number(string[] fields, int at) =>
        at < fields.Length && long.TryParse(fields[at], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
