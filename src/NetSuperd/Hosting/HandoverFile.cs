using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// What a process tells the one that takes its place, whatever its length: in a file in memory, which can be written before any process
/// reads it.
/// </summary>
/// <param name="Daemon">What the server has to know.</param>
/// <param name="Names">
/// The names of all descriptors, where they are too many for a variable of the environment (execve(2), MAX_ARG_STRLEN).
/// </param>
internal sealed record HandoverFile(Handover Daemon, IReadOnlyList<string>? Names)
{
    /// <summary>The name of the file among the descriptors.</summary>
    public const string DescriptorName = "netsuperd.handover";

    // A string of the environment has at most 128 KiB with its name and its NUL.
    private const int MostVariable = 100_000;

    /// <summary>Whether names fit into a variable of the environment.</summary>
    public static bool FitsVariable(IEnumerable<string> names) => names.Sum(name => name.Length + 1L) < MostVariable;

    /// <summary>Writes it.</summary>
    /// <exception cref="LibcException">There is no descriptor or no memory for it.</exception>
    public Descriptor Write() => SealedFile.Of(JsonSerializer.SerializeToUtf8Bytes(this, ControlJson.Default.HandoverFile));

    /// <summary>Reads it; null where it is not what it should be.</summary>
    public static HandoverFile? Read(Descriptor file)
    {
        try
        {
            return JsonSerializer.Deserialize(SealedFile.Read(file), ControlJson.Default.HandoverFile);
        }
        catch (Exception wrong) when (wrong is IOException or JsonException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
