using System.Globalization;

namespace NetSuperd.Logging;

/// <summary>Writes what stands before the text of a message of syslog: header, structured data and byte order mark (RFC 5424, 6).</summary>
internal sealed class SyslogHeader(EventFields fields)
{
    /// <summary>
    /// The name of the structured data. Names without a number are registered ones alone (6.3.2); this is the number that RFC 5612 reserves
    /// for examples, since this program has none of its own.
    /// </summary>
    public const string DataId = "netsuperd@32473";

    // Facility 3, daemon, times 8.
    private const int Daemon = 24;
    private const int MostHostChars = 255;

    private readonly string _origin = string.Create(
        CultureInfo.InvariantCulture, $" {HostName(Environment.MachineName)} netsuperd {Environment.ProcessId} ");

    /// <summary>Writes it; the text is to follow.</summary>
    public void Write(LogEntry entry, TextWriter output)
    {
        output.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"<{Daemon + JournalFields.Severity(entry.Level)}>1 {entry.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}"));
        output.Write(_origin);
        output.Write(entry.OwnEvent?.Name ?? "-");
        output.Write(' ');
        WriteData(entry, output);
        output.Write(" \uFEFF");
    }

    private void WriteData(LogEntry entry, TextWriter output)
    {
        var isFirst = true;
        foreach (var (name, value) in fields.Of(entry))
        {
            output.Write(isFirst ? $"[{DataId}" : "");
            output.Write($" {NameOf(name)}=\"{Escaped(value)}\"");
            isFirst = false;
        }

        output.Write(isFirst ? '-' : ']');
    }

    private static string NameOf(string name) => name == "ConnectionId" ? "connection" : name.ToLowerInvariant();

    /// <summary>The three characters that a value must escape (6.3.3).</summary>
    private static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("]", "\\]", StringComparison.Ordinal);

    /// <summary>The name of the host, of printable ASCII characters (6.2.4); a hyphen where it has none.</summary>
    private static string HostName(string name)
    {
        var plain = string.Concat(name.Where(letter => letter is > ' ' and < '\x7F').Take(MostHostChars));
        return plain.Length > 0 ? plain : "-";
    }
}
