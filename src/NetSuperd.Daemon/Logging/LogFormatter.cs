using System.Globalization;
using System.Text;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace NetSuperd.Logging;

/// <summary>Writes events as a section <c>[log]</c> has them: as lines for people or as JSON. For one thread.</summary>
internal sealed class LogFormatter(Logger logger, LogSection section, LogForm form)
{
    private const int CharsOfAnyUsualLine = 1024;

    private readonly RenderedCompactJsonFormatter _json = new();
    private readonly LineFormatter _line = new(logger, section.Address, form == LogForm.Line);
    private readonly JournalFields _journal = new(new EventFields(new LineFormatter(logger, section.Address, hasTime: false)));
    private readonly SyslogHeader _syslog = new(new EventFields(new LineFormatter(logger, section.Address, hasTime: false)));
    private readonly Dictionary<string, MessageTemplate> _templates = [];
    private readonly StringBuilder _text = new(CharsOfAnyUsualLine);
    private char[] _chars = new char[CharsOfAnyUsualLine];

    /// <summary>Writes the event as one line.</summary>
    public void Write(LogEntry entry, TextWriter output)
    {
        _text.Clear();
        Format(entry);
        if (_text.Length > _chars.Length)
        {
            _chars = new char[_text.Length];
        }

        _text.CopyTo(0, _chars, _text.Length);
        switch (form)
        {
            case LogForm.Prefixed:
                output.Write($"<{JournalFields.Severity(entry.Level)}>");
                break;
            case LogForm.Journal:
                _journal.Write(entry, output);
                break;
            case LogForm.Syslog:
                _syslog.Write(entry, output);
                break;
            case LogForm.Event:
                var number = entry.OwnEvent is { } own ? string.Create(CultureInfo.InvariantCulture, $":{own.Id}") : "";
                output.Write($"<{JournalFields.Severity(entry.Level)}{number}>");
                break;
        }

        // The only way into the log: every formatted event becomes one line of plain text. In JSON only strings can hold what is escaped,
        // and an escape loses nothing there.
        PlainText.Write(_chars.AsSpan(0, _text.Length), output);
        output.Write('\n');
    }

    private void Format(LogEntry entry)
    {
        if (section.Format != LogFormat.Json)
        {
            _line.Format(entry, _text);
            return;
        }

        var made = entry.ToEvent(logger, _templates);
        Mask(made);
        using var output = new StringWriter(_text, CultureInfo.InvariantCulture);
        _json.Format(made, output);
        _text.Length -= Environment.NewLine.Length;
    }

    /// <summary>
    /// Masks the addresses of peers, and names the interfaces of link-local ones. This happens when the event is written, so queued events
    /// follow the section in force by then.
    /// </summary>
    private void Mask(LogEvent made)
    {
        foreach (var (name, value) in made.Properties.ToList())
        {
            if (value is ScalarValue { Value: { } full } && PeerMask.Shown(name, full, section.Address) is var shown && shown != full)
            {
                made.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(shown)));
            }
        }
    }
}
