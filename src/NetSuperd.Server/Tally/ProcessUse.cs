using System.Text.Json.Serialization;
using NetSuperd.Platform;

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
    /// <summary>What this process uses now.</summary>
    /// <param name="process">This process.</param>
    /// <param name="loops">The turns of its event loops.</param>
    public static ProcessUse Now(IOwnProcess process, IReadOnlyDictionary<string, long> loops)
    {
        var (resident, threads) = process.Use();
        return new ProcessUse(
            Environment.CpuUsage.TotalTime.TotalSeconds,
            resident,
            GC.GetTotalMemory(forceFullCollection: false),
            threads,
            process.Descriptors,
            process.DescriptorLimit,
            [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)],
            GC.GetTotalPauseDuration().TotalSeconds,
            loops);
    }
}
