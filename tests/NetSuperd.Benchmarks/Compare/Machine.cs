using System.Globalization;
using System.Runtime.InteropServices;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The machine that results are of, without its name.</summary>
internal static class Machine
{
    /// <summary>Date, cores, kind of processor, kernel and distribution.</summary>
    public static string Text => string.Create(CultureInfo.InvariantCulture,
        $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores of {Processor}, Linux {Kernel}, {Distribution}");

    private static string Processor => Value("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString();

    // What follows the number is the builder's business.
    private static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0];

    private static string Distribution => Value("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "no distribution";

    private static string? Value(string file, string key, char separator) => File.Exists(file)
        ? File.ReadLines(file).Select(line => line.Split(separator, 2)).FirstOrDefault(pair => pair[0].Trim() == key)?[1].Trim()
        : null;
}
