using System.Globalization;
using Serilog.Events;

namespace NetSuperd.Logging;

/// <summary>
/// Writes the fields of an entry of the journal up to its message, as one line in which a control character separates them: no text of the
/// log has one. <c>JournalStream</c> makes the datagram of it.
/// </summary>
internal sealed class JournalFields(EventFields fields)
{
    /// <summary>Separates the fields.</summary>
    public const char Separator = '\u001F';

    /// <summary>What <c>MESSAGE_ID</c> begins with: the number of the event, in four digits, follows.</summary>
    public const string MessageIdStart = "5d3f0c9ab1e74c62a8e4f7d2c0b1";

    /// <summary>The number of the level error.</summary>
    public const int Error = 3;

    /// <summary>The number of the level warning.</summary>
    public const int Warning = 4;

    // Syslog's number of the facility daemon.
    private const int Daemon = 3;

    /// <summary>Writes them; the message is to follow.</summary>
    public void Write(LogEntry entry, TextWriter output)
    {
        output.Write(string.Create(CultureInfo.InvariantCulture, $"PRIORITY={Severity(entry.Level)}{Separator}"));
        output.Write(string.Create(CultureInfo.InvariantCulture, $"SYSLOG_FACILITY={Daemon}{Separator}"));
        output.Write($"SYSLOG_IDENTIFIER=netsuperd{Separator}");
        if (entry.OwnEvent is { } own)
        {
            output.Write(string.Create(
                CultureInfo.InvariantCulture, $"MESSAGE_ID={MessageIdStart}{own.Id:D4}{Separator}EVENT={own.Name}{Separator}"));
        }

        foreach (var (name, value) in fields.Of(entry))
        {
            output.Write($"{FieldOf(name)}={value}{Separator}");
        }

        output.Write("MESSAGE=");
    }

    /// <summary>A level as syslog(3) counts it, which the journal does as well.</summary>
    public static int Severity(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => 7,
        LogEventLevel.Information => 6,
        LogEventLevel.Warning => Warning,
        _ => Error,
    };

    private static string FieldOf(string name) => name == "ConnectionId" ? "CONNECTION_ID" : name.ToUpperInvariant();
}
