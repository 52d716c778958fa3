using System.Globalization;
using System.Net;
using System.Text;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace NetSuperd.Logging;

/// <summary>The log format for people. Long values are cut, so that none fills the log.</summary>
/// <param name="logger">Makes properties of values.</param>
/// <param name="addresses">How much of an address is shown.</param>
/// <param name="hasTime">Whether time and level are in the line; the journal and syslog have them beside it.</param>
internal sealed class LineFormatter(Logger logger, LogAddress addresses, bool hasTime)
{
    private const int MostCharsPerValue = 4096;
    private const int CharsOfAnyUsualValue = 128;
    private const string ServiceProperty = "Service";
    private const string ConnectionProperty = "ConnectionId";

    private readonly Dictionary<string, MessageTemplate> _templates = [];

    /// <summary>Writes the line, without its end. Nothing in it is escaped yet.</summary>
    public void Format(LogEntry entry, StringBuilder output)
    {
        if (hasTime)
        {
            Span<char> time = stackalloc char[32];
            entry.Time.UtcDateTime.TryFormat(time, out var length, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            output.Append(time[..length]);
            output.Append(Word(entry.Level));
        }

        if (entry.Made is not null)
        {
            WriteOrigin(entry, output);
        }

        var values = 0;
        foreach (var token in entry.Template(_templates).Tokens)
        {
            switch (token)
            {
                case TextToken text:
                    // A plugin may have put a peer's text into its message template.
                    WriteCut(text.Text, output);
                    break;
                case PropertyToken property when entry.TryGet(property.PropertyName, values++, out var value):
                    WriteValue(property.PropertyName, value, property.Format, output);
                    break;
                default:
                    WriteCut($"{token}", output);
                    break;
            }
        }

        if (entry.Made?.Exception is { } exception)
        {
            output.Append(": ");
            WriteCut(exception.ToString(), output);
        }
    }

    /// <summary>
    /// The service and connection: always before a line of a handler, lest it look like one of the daemon, whose own texts name them where
    /// they matter.
    /// </summary>
    private void WriteOrigin(LogEntry entry, StringBuilder output)
    {
        var separator = "";
        var isOwn = entry.TryGet(Constants.SourceContextPropertyName, 0, out var category) && category is DaemonLogger.Category;
        foreach (var (name, noun) in ((string, string)[])[(ServiceProperty, ""), (ConnectionProperty, "connection ")])
        {
            if (entry.TryGet(name, 0, out var value) && (!isOwn || !entry.Made!.MessageTemplate.Tokens.Any(token => IsOf(token, name))))
            {
                output.Append(separator).Append(noun);
                WriteValue(name, value, null, output);
                separator = ", ";
            }
        }

        output.Append(separator.Length > 0 ? ": " : "");
    }

    private static bool IsOf(MessageTemplateToken token, string name) => token is PropertyToken property && property.PropertyName == name;

    /// <summary>Writes a value as the line has it. Nothing in it is escaped yet.</summary>
    public void WriteValue(string name, object? value, string? format, StringBuilder output)
    {
        Span<char> chars = stackalloc char[CharsOfAnyUsualValue];
        switch (PeerMask.Shown(name, value, addresses))
        {
            case null:
                output.Append("null");
                break;
            case string text:
                WriteCut(text, output);
                break;
            case char letter:
                output.Append(letter);
                break;
            case ISpanFormattable number when number.TryFormat(chars, out var length, format, CultureInfo.InvariantCulture):
                output.Append(chars[..length]);
                break;
            case IFormattable formattable:
                WriteCut(formattable.ToString(format, CultureInfo.InvariantCulture), output);
                break;
            case EndPoint or bool:
                WriteCut($"{value}", output);
                break;
            case { } other when logger.BindProperty(name, other, destructureObjects: false, out var property):
                WriteCut(property.Value.ToString(format, CultureInfo.InvariantCulture), output);
                break;
        }
    }

    private static void WriteCut(string text, StringBuilder output) => output.Append(PlainText.Cut(text, MostCharsPerValue));

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => " debug ",
        LogEventLevel.Information => " info  ",
        LogEventLevel.Warning => " warn  ",
        _ => " error ",
    };
}
