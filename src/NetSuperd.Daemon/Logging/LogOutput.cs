using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace NetSuperd.Logging;

/// <summary>The log as configured by the map's section <c>[log]</c>.</summary>
internal sealed class LogOutput : IDisposable
{
    private const UnixFileMode FileModeOfLog = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly LogWriter<LogEntry> _writer;
    private readonly LoggingLevelSwitch _level;
    private readonly Logger _logger;
    private readonly Microsoft.Extensions.Logging.ILogger _own;
    private readonly Lock _changing = new();
    private LogSection _section;
    private int _reopenings;

    private LogOutput(LogSection section)
    {
        _section = section;
        _level = new LoggingLevelSwitch(Level(section.Level));
        _logger = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(_level)

            // Addresses stay addresses until they are written, so that log.address holds for every one of them.
            .Destructure.AsScalar<IPAddress>()
            .Destructure.AsScalar<IPEndPoint>()
            .Destructure.AsScalar<VsockEndPoint>()
            .WriteTo.Sink(new Sink(this))
            .CreateLogger();
        _writer = new LogWriter<LogEntry>(OpenStream(section), Formatter(section).Write, Notice);
        Loggers = new Loggers(_logger, _writer, Events);
        _own = Loggers.CreateLogger(DaemonLogger.Category);
    }

    /// <summary>Makes the loggers of the daemon.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Passes the daemon's own events to the programs that read them, whatever the log has.</summary>
    public EventFeed Events { get; } = new();

    /// <summary>Opens the log.</summary>
    /// <exception cref="LogOutputException">The file cannot be opened.</exception>
    public static LogOutput Open(LogSection section) => new(Placed(section));

    /// <summary>
    /// Does the part of a change to another section that can fail, and changes nothing yet. A file that stays the same is not opened again.
    /// </summary>
    /// <exception cref="LogOutputException">The file cannot be opened.</exception>
    public LogChange Prepare(LogSection next)
    {
        var section = Placed(next);
        lock (_changing)
        {
            var stays = section.Target == _section.Target && section.File == _section.File;
            var isNew = !stays && section.Target == LogTarget.File && Installation.Current.Host.Files.StatusOf(section.File!) is null;
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

    /// <summary>The section with the target that has the lines in fact.</summary>
    private static LogSection Placed(LogSection section) => section with { Target = Installation.Current.Placed(section.Target) };

    private static LogEventLevel Level(LogThreshold threshold) => threshold switch
    {
        LogThreshold.Debug => LogEventLevel.Debug,
        LogThreshold.Info => LogEventLevel.Information,
        LogThreshold.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };

    private static LogEntry Notice(string sentence) => new(
        new LogEvent(TimeProvider.System.GetUtcNow(), LogEventLevel.Warning, null, new MessageTemplate([new TextToken(sentence)]), []));

    private LogFormatter Formatter(LogSection section) => new(_logger, section, section.Target switch
    {
        LogTarget.Journal => LogForm.Journal,
        LogTarget.Syslog => LogForm.Syslog,
        LogTarget.EventLog => LogForm.Event,
        LogTarget.Stderr when Installation.Current.StandardErrorTakesLevels => LogForm.Prefixed,
        _ => LogForm.Line,
    });

    private static Stream OpenStream(LogSection section)
    {
        try
        {
            return section.Target switch
            {
                LogTarget.File => OpenFile(section.File!),
                LogTarget.Stderr => Installation.Current.StandardError(),
                _ => Installation.Current.LogService(section.Target),
            };
        }
        catch (CallException failure)
        {
            throw new LogOutputException($"cannot open a socket for the log: {failure.Errno.Reason()}", failure);
        }
    }

    private static Stream OpenFile(string file)
    {
        try
        {
            return Installation.Current.Lines(Installation.Current.Host.Files.Append(file, FileModeOfLog));
        }
        catch (CallException failure)
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
            _writer.SwitchTo(place, Formatter(section).Write);
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

    /// <summary>Queues the events that Serilog makes.</summary>
    private sealed class Sink(LogOutput output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) =>
            output._writer.Write(new LogEntry(logEvent.Exception is { } exception ? WithText(logEvent, exception) : logEvent));

        private static LogEvent WithText(LogEvent logEvent, Exception exception) => new(
            logEvent.Timestamp,
            logEvent.Level,
            new ExceptionText(exception),
            logEvent.MessageTemplate,
            logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)));
    }
}
