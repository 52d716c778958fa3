using System.Globalization;

namespace NetSuperd.Windows;

/// <summary>
/// The files of names in <c>%SystemRoot%\System32\drivers\etc</c>: <c>services</c> and <c>hosts</c>, with the format of services(5) and
/// hosts(5).
/// </summary>
/// <param name="folder">The folder.</param>
public sealed class NameFiles(string folder)
{
    // A file of names has a few hundred lines.
    private const int MostBytes = 1 << 20;

    /// <summary>Those of this system.</summary>
    public static NameFiles OfSystem { get; } = new(Path.Combine(Environment.SystemDirectory, "drivers", "etc"));

    /// <summary>The path of <c>hosts</c>.</summary>
    public string HostsFile => Path.Combine(folder, "hosts");

    /// <summary>The port of a service; null where it is not there, or there is no such file.</summary>
    /// <param name="name">The name or an alias, as the file spells it.</param>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    public int? ServicePort(string name, string protocol)
    {
        foreach (var line in Lines("services"))
        {
            // echo  7/tcp  alias  # comment
            var words = line.Split('#', 2)[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is [var first, var place, .. var aliases] && (first == name || aliases.Contains(name))
                && place.Split('/') is [var number, var spoken] && spoken.Equals(protocol, StringComparison.OrdinalIgnoreCase)
                && ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                return port;
            }
        }

        return null;
    }

    /// <summary>The lines of <c>hosts</c>; none where there is no such file, or it is larger than 1 MiB.</summary>
    public IReadOnlyList<string> Hosts() => Lines("hosts");

    private string[] Lines(string name)
    {
        try
        {
            var path = Path.Combine(folder, name);
            return new FileInfo(path).Length <= MostBytes ? [.. File.ReadLines(path).Where(line => line.Length > 0)] : [];
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
