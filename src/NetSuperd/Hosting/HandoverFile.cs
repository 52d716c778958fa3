using System.Runtime.InteropServices;
using System.Text.Json;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// What a daemon tells its successor, of any length: a file in memory, which can be written before the successor reads it.
/// </summary>
/// <param name="Daemon">What the successor's server has to know.</param>
/// <param name="Names">
/// The names of all descriptors, where they do not fit into an environment variable (execve(2), MAX_ARG_STRLEN).
/// </param>
internal sealed record HandoverFile(Handover Daemon, IReadOnlyList<string>? Names)
{
    /// <summary>The name of the file among the descriptors.</summary>
    public const string DescriptorName = "netsuperd.handover";

    // An environment variable has at most 128 KiB with its name and its NUL.
    private const int MostVariable = 100_000;

    /// <summary>Whether names fit into an environment variable.</summary>
    public static bool FitsVariable(IEnumerable<string> names) => names.Sum(name => name.Length + 1L) < MostVariable;

    /// <summary>Writes it.</summary>
    /// <exception cref="CallException">There is no descriptor or no memory for it.</exception>
    public Descriptor Write() => SealedFile.Create(JsonSerializer.SerializeToUtf8Bytes(this, HandoverJson.Default.HandoverFile));

    /// <summary>Reads it; null where the file is malformed.</summary>
    public static HandoverFile? Read(SafeHandle file)
    {
        try
        {
            return JsonSerializer.Deserialize(SealedFile.Read(file), HandoverJson.Default.HandoverFile);
        }
        catch (Exception wrong) when (wrong is IOException or JsonException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
