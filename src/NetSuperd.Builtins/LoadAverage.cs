using System.Globalization;

namespace NetSuperd.Builtins;

/// <summary>How busy the processors of this host are, by proc_loadavg(5).</summary>
internal sealed class LoadAverage
{
    private const string Text = "/proc/loadavg";

    // Not those that the runtime counts: the load is that of the host, whatever share of it the daemon may use.
    private readonly int _processors = Math.Max(
        1, File.ReadLines("/proc/stat").Count(line => line is ['c', 'p', 'u', >= '0' and <= '9', ..]));

    /// <summary>Whether this system has one.</summary>
    public static bool IsThere => File.Exists(Text);

    /// <summary>The share of the processors that were idle in the last minute, in percent; 0 where all were busy.</summary>
    public int IdlePercent() => IdlePercent(File.ReadAllText(Text), _processors);

    /// <summary>The same, by the text of the file.</summary>
    internal static int IdlePercent(string loadavg, int processors)
    {
        var load = double.Parse(loadavg.Split(' ')[0], CultureInfo.InvariantCulture);
        return (int)Math.Max(0, 100 - (100 * load / processors));
    }
}
