using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Files;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Parsing;

namespace NetSuperd.Logging;

/// <summary>The log as configured by the map's section <c>[log]</c>. This is the only file that names Serilog.</summary>
internal sealed class LogOutput : IDisposable
{
    private const int MostCharsPerValue = 4096;
    private const int CharsOfAnyUsualLine = 1024;
    private const string ServiceProperty = "Service";
    private const string ConnectionProperty = "ConnectionId";
    private const UnixFileMode FileModeOfLog = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly LogWriter<LogEvent> _writer;
    private readonly LoggingLevelSwitch _level;
    private readonly Logger _logger;
    private readonly Microsoft.Extensions.Logging.ILogger _own;
    private readonly Lock _changing = new();
    private LogSection _section;
    private int _reopenings;

    private LogOutput(LogSection section)
    {
        _section = section;
        _writer = new LogWriter<LogEvent>(OpenStream(section), Format(section), Notice);
        _level = new LoggingLevelSwitch(Level(section.Level));
        _logger = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(_level)

            // Addresses stay addresses until they are written, so that log.address holds for every one of them.
            .Destructure.AsScalar<IPAddress>()
            .Destructure.AsScalar<IPEndPoint>()
            .WriteTo.Sink(new Sink(_writer))
            .CreateLogger();
        Loggers = new SerilogLoggerFactory(_logger);
        _own = Loggers.CreateLogger("NetSuperd");
    }

    /// <summary>Makes the loggers of the daemon.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Opens the log.</summary>
    /// <exception cref="LogOutputException">The file cannot be opened.</exception>
    public static LogOutput Open(LogSection section) => new(section);

    /// <summary>
    /// Does the part of a change to another section that can fail, and changes nothing yet. A file that stays the same is not opened again.
    /// </summary>
    /// <exception cref="LogOutputException">The file cannot be opened.</exception>
    public LogChange Prepare(LogSection section)
    {
        lock (_changing)
        {
            var stays = section.Target == _section.Target && section.File == _section.File;
            var isNew = !stays && section.Target == LogTarget.File && FileStatus.Of(section.File!) is null;
            var reopenings = _reopenings;
            return new LogChange(
                stays ? null : OpenStream(section), stream => Apply(section, stream, reopenings), isNew ? section.File : null);
        }
    }

    /// <summary>Reopens the log file after a rotation has renamed it. Where that fails, the old file still gets the lines.</summary>
    /// <returns>
    /// Why it could not be opened, null where it was, or where the log goes to no file; and a task that completes after the last line to
    /// the old file.
    /// </returns>
    public (LogOutputException? Failure, Task IsDone) Reopen()
    {
        lock (_changing)
        {
            _reopenings++;
            if (_section.Target != LogTarget.File)
            {
                return (null, Task.CompletedTask);
            }

            try
            {
                var isDone = _writer.SwitchTo(OpenStream(_section));
                _own.LogReopened();
                return (null, isDone);
            }
            catch (LogOutputException failure)
            {
                _own.LogNotReopened(failure.Message);
                return (failure, Task.CompletedTask);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logger.Dispose();
        _writer.Dispose();
    }

    private static LogEventLevel Level(LogThreshold threshold) => threshold switch
    {
        LogThreshold.Debug => LogEventLevel.Debug,
        LogThreshold.Info => LogEventLevel.Information,
        LogThreshold.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };

    private static LogEvent Notice(string sentence) => new(
        TimeProvider.System.GetLocalNow(), LogEventLevel.Warning, null, new MessageTemplate([new TextToken(sentence)]), []);

    /// <summary>Whether standard error is the journal: systemd tells device and inode in <c>JOURNAL_STREAM</c> (systemd.exec(5)).</summary>
    private static bool StandardErrorIsJournal() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { } stream
        && FileStatus.Of("/proc/self/fd/2") is { } status
        && stream == string.Create(CultureInfo.InvariantCulture, $"{status.Device}:{status.Inode}");

    private static Action<LogEvent, TextWriter> Format(LogSection section)
    {
        var isJournal = section.Target == LogTarget.Journal || (section.Target == LogTarget.Stderr && StandardErrorIsJournal());
        var isJson = section.Format == LogFormat.Json;
        ITextFormatter formatter = isJson ? new RenderedCompactJsonFormatter() : new LineFormatter(isJournal);
        var line = new StringWriter(CultureInfo.InvariantCulture);
        var chars = new char[CharsOfAnyUsualLine];
        return (logEvent, output) =>
        {
            Mask(logEvent, section.Address);
            var text = line.GetStringBuilder().Clear();
            formatter.Format(logEvent, line);
            if (text.Length > chars.Length)
            {
                chars = new char[text.Length];
            }

            text.CopyTo(0, chars, text.Length);
            if (isJournal)
            {
                output.Write(Priority(logEvent.Level));
            }

            // The only way into the log: every formatted event becomes one line of plain text. In JSON, without its own line end, only
            // strings can hold what is escaped, and an escape loses nothing there.
            PlainText.Write(chars.AsSpan(0, text.Length - (isJson ? Environment.NewLine.Length : 0)), output);
            output.Write('\n');
        };
    }

    /// <summary>The priority before a line, as the journal reads it from standard error (sd-daemon(3)).</summary>
    private static string Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "<7>",
        LogEventLevel.Information => "<6>",
        LogEventLevel.Warning => "<4>",
        _ => "<3>",
    };

    /// <summary>
    /// Masks the addresses of peers, and names the interfaces of link-local ones. This happens when the event is written, so queued events
    /// follow the section in force by then.
    /// </summary>
    private static void Mask(LogEvent logEvent, LogAddress addresses)
    {
        // Nearly every event needs no change, and is not copied.
        if (!logEvent.Properties.Values.Any(value => value is ScalarValue scalar
            && (addresses != LogAddress.Full || PeerMask.HasInterface(scalar.Value))))
        {
            return;
        }

        foreach (var (name, value) in logEvent.Properties.ToList())
        {
            if (value is ScalarValue { Value: IPAddress or IPEndPoint } address)
            {
                var shown = PeerMask.Apply(address.Value, name == "Local" ? LogAddress.Full : addresses);
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(shown)));
            }
        }
    }

    private static LineStream OpenStream(LogSection section)
    {
        if (section.Target != LogTarget.File)
        {
            return LineStream.OfStandardError();
        }

        var file = section.File!;
        try
        {
            return new LineStream(CheckedFile.Append(file, FileModeOfLog));
        }
        catch (LibcException failure)
        {
            throw new LogOutputException($"cannot open the log file {file}: {failure.Errno.Reason()}", failure);
        }
        catch (Exception failure) when (failure is IOException or UntrustedPathException)
        {
            throw new LogOutputException($"cannot open the log file {file}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Follows another section from now on. Stream and format change first: events that only the new level admits go there, and none that
    /// the old level admitted is lost.
    /// </summary>
    private void Apply(LogSection section, Stream? stream, int reopenings)
    {
        lock (_changing)
        {
            // A rotation in between has renamed the file that was opened earlier.
            var place = stream is not null && _reopenings != reopenings ? OpenedAgain(section, stream) : stream;
            _writer.SwitchTo(place, Format(section));
            _level.MinimumLevel = Level(section.Level);
            _section = section;
        }
    }

    private Stream OpenedAgain(LogSection section, Stream opened)
    {
        try
        {
            var stream = OpenStream(section);
            opened.Dispose();
            return stream;
        }
        catch (LogOutputException failure)
        {
            _own.LogNotReopened(failure.Message);
            return opened;
        }
    }

    /// <summary>Queues the event.</summary>
    private sealed class Sink(LogWriter<LogEvent> writer) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => writer.Write(logEvent.Exception is { } exception ? WithText(logEvent, exception) : logEvent);

        private static LogEvent WithText(LogEvent logEvent, Exception exception) => new(
            logEvent.Timestamp,
            logEvent.Level,
            new ExceptionText(exception),
            logEvent.MessageTemplate,
            logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)));
    }

    /// <summary>
    /// The log format for people. Long values are cut, so that none fills the log. The journal adds time and level itself.
    /// </summary>
    private sealed class LineFormatter(bool isJournal) : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            if (!isJournal)
            {
                Span<char> time = stackalloc char[32];
                logEvent.Timestamp.UtcDateTime.TryFormat(time, out var length, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
                output.Write(time[..length]);
                output.Write(Word(logEvent.Level));
            }

            WriteOrigin(logEvent, output);
            foreach (var token in logEvent.MessageTemplate.Tokens)
            {
                switch (token)
                {
                    case TextToken text:
                        // A plugin may have put a peer's text into its message template.
                        WriteCut(text.Text, output);
                        break;
                    case PropertyToken property when logEvent.Properties.TryGetValue(property.PropertyName, out var value):
                        WriteValue(value, property.Format, output);
                        break;
                    default:
                        WriteCut($"{token}", output);
                        break;
                }
            }

            if (logEvent.Exception is { } exception)
            {
                output.Write(": ");
                WriteCut(exception.ToString(), output);
            }
        }

        /// <summary>The service and connection of a plugin's line, which its own text does not name.</summary>
        private static void WriteOrigin(LogEvent logEvent, TextWriter output)
        {
            if (!logEvent.Properties.TryGetValue(ServiceProperty, out var service) || logEvent.MessageTemplate.Tokens.Any(IsService))
            {
                return;
            }

            WriteValue(service, null, output);
            if (logEvent.Properties.TryGetValue(ConnectionProperty, out var connection))
            {
                output.Write(", connection ");
                WriteValue(connection, null, output);
            }

            output.Write(": ");
        }

        private static bool IsService(MessageTemplateToken token) => token is PropertyToken { PropertyName: ServiceProperty };

        private static void WriteValue(LogEventPropertyValue value, string? format, TextWriter output)
        {
            switch (value)
            {
                case ScalarValue { Value: string text }:
                    WriteCut(text, output);
                    break;
                case ScalarValue { Value: char letter }:
                    output.Write(letter);
                    break;
                case ScalarValue { Value: IFormattable formattable }:
                    WriteCut(formattable.ToString(format, CultureInfo.InvariantCulture), output);
                    break;
                default:
                    WriteCut(value.ToString(format, CultureInfo.InvariantCulture), output);
                    break;
            }
        }

        private static void WriteCut(string text, TextWriter output) => output.Write(PlainText.Cut(text, MostCharsPerValue));

        private static string Word(LogEventLevel level) => level switch
        {
            LogEventLevel.Verbose or LogEventLevel.Debug => " debug ",
            LogEventLevel.Information => " info  ",
            LogEventLevel.Warning => " warn  ",
            _ => " error ",
        };
    }
}
