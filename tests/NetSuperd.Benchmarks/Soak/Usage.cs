using System.Globalization;

namespace NetSuperd.Benchmarks.Soak;

/// <summary>What a process holds (proc(5)).</summary>
/// <param name="Resident">Anonymous memory that is resident, in bytes: what files of the runtime are mapped does not count.</param>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="Threads">Threads.</param>
internal sealed record Usage(long Resident, int Descriptors, int Threads)
{
    private const long MemorySlack = 16 << 20;
    private const int DescriptorSlack = 8;
    private const int ThreadSlack = 6;

    /// <summary>That of a process.</summary>
    public static Usage Of(int pid)
    {
        var status = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
            .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        return new Usage(
            long.Parse(status["RssAnon"].Split(' ')[0], CultureInfo.InvariantCulture) * 1024,
            Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd")).Length,
            int.Parse(status["Threads"], CultureInfo.InvariantCulture));
    }

    /// <summary>What has grown since, beyond what a runtime does by itself; null where nothing has.</summary>
    public string? GrownSince(Usage before) =>
        Resident > before.Resident + MemorySlack ? $"memory has grown from {before.Resident >> 20} to {Resident >> 20} MiB"
        : Descriptors > before.Descriptors + DescriptorSlack ? $"descriptors have grown from {before.Descriptors} to {Descriptors}"
        : Threads > before.Threads + ThreadSlack ? $"threads have grown from {before.Threads} to {Threads}"
        : null;
}
