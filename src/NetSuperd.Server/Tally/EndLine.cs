using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// The line of the log for the end of a connection. Its service chooses the facts in it, so it is no generated method of
/// <see cref="ServerLog"/>: those have fixed values.
/// </summary>
internal sealed partial class EndLine : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The event of a handler's connection, and of a child that could not be started.</summary>
    public static readonly EventId Ended = new(6002, "ConnectionEnded");

    /// <summary>The event of a child's connection.</summary>
    public static readonly EventId ChildEnded = new(6004, "ChildEnded");

    /// <summary>The event of a handler's connection that a time limit has ended.</summary>
    public static readonly EventId TimedOut = new(6009, "ConnectionTimedOut");

    /// <summary>The event of a child whose end another process has taken.</summary>
    public static readonly EventId LostChildEnded = new(6014, "LostChildEnded");

    // The pieces in the order of the line; a piece without facts is always there.
    private const string From = "Connection {ConnectionId} of {Service} from {Peer}";
    private static readonly (LogFacts Fact, string Text) To = (LogFacts.Local, " to {Local}");
    private static readonly (LogFacts Fact, string Text) By = (LogFacts.Target, ", target {Target},");
    private static readonly (LogFacts Fact, string Text) After = (LogFacts.Duration, " after {Elapsed:0.000} s");
    private static readonly (LogFacts Fact, string Text) Bytes = (LogFacts.Bytes, ", received {BytesReceived}, sent {BytesSent}");
    private static readonly (LogFacts Fact, string Text)[] OfChild =
        [(0, From), To, (LogFacts.Pid, ", child {Pid}"), (0, " {End}"), (LogFacts.Exit, " {Detail}"), After];

    private static readonly Form OfEnded = new(Ended, [(0, From), To, By, (0, " {End}"), After, Bytes]);
    private static readonly Form OfTimedOut = new(TimedOut, [(0, From), To, By, (0, " ended by {Reason}"), After, Bytes]);
    private static readonly Form OfUnspawned = new(Ended, [(0, From), To, (0, " {End}"), After, (0, ": {Detail}")]);
    private static readonly Form OfLostChild = new(LostChildEnded, OfChild);
    private static readonly Form OfChildEnded = new(
        ChildEnded,
        [
            .. OfChild, (LogFacts.Cpu, ", {UserTime:0.000} s user, {SystemTime:0.000} s system"),
            (LogFacts.Memory, ", peak {PeakMemory} KiB"),
        ]);

    private readonly ConnectionRecord _record;
    private readonly Template _template;
    private readonly string _end;
    private readonly string _detail;
    private readonly double _elapsed;

    private EndLine(ConnectionRecord record, Template template, string end, string detail, double elapsed) =>
        (_record, _template, _end, _detail, _elapsed) = (record, template, end, detail, elapsed);

    /// <inheritdoc/>
    public int Count => _template.Names.Length + 1;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => index == _template.Names.Length
        ? new("{OriginalFormat}", _template.Text)
        : new(_template.Names[index], ValueOf(_template.Names[index]));

    /// <summary>
    /// Logs the end of a connection. Nothing of its record changes any more, so the values are read when the line is made.
    /// </summary>
    public static void Write(ILogger logger, ConnectionRecord record, ConnectionEnd end, string? detail, double elapsed)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var form = record switch
        {
            { Pid: not null, Usage: not null } => OfChildEnded,
            { Pid: not null } => OfLostChild,
            { TimedOutBy: not null } => OfTimedOut,
            _ when end == ConnectionEnd.Unspawned && detail is not null => OfUnspawned,
            _ => OfEnded,
        };

        // The key of the time limit is part of how it ended.
        var facts = record.Log.Facts | (end == ConnectionEnd.TimedOut ? LogFacts.Exit : 0);
        facts &= record.Target is null ? ~LogFacts.Target : facts;
        var line = new EndLine(record, form.With(facts), end.Word(), detail ?? "", elapsed);
        logger.Log(LogLevel.Information, form.Event, line, null, static (line, _) => line.ToString());
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => Hole().Replace(
        _template.Text,
        hole => string.Format(CultureInfo.InvariantCulture, $"{{0{hole.Groups[2].Value}}}", ValueOf(hole.Groups[1].Value)));

    private object? ValueOf(string name) => name switch
    {
        "ConnectionId" => _record.Id,
        "Service" => _record.Service,
        "Peer" => _record.PeerName,
        "Local" => _record.Local,
        "Target" => _record.Target,
        "Pid" => _record.Pid,
        "End" => _end,
        "Reason" => _record.TimedOutBy,
        "Detail" => _detail,
        "Elapsed" => _elapsed,
        "BytesReceived" => _record.BytesReceived,
        "BytesSent" => _record.BytesSent,
        "UserTime" => _record.Usage!.UserTime.TotalSeconds,
        "SystemTime" => _record.Usage!.SystemTime.TotalSeconds,
        "PeakMemory" => _record.Usage!.PeakMemory / 1024,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [GeneratedRegex(@"\{(\w+)(:[^}]*)?\}")]
    private static partial Regex Hole();

    /// <summary>The lines of an event: a template for each choice of facts.</summary>
    private sealed class Form(EventId id, (LogFacts Fact, string Text)[] pieces)
    {
        private readonly ConcurrentDictionary<LogFacts, Template> _templates = new();

        public EventId Event => id;

        public Template With(LogFacts facts) => _templates.GetOrAdd(facts, Make);

        private Template Make(LogFacts facts)
        {
            var text = string.Concat(pieces.Where(piece => (piece.Fact & ~facts) == 0).Select(piece => piece.Text));
            return new Template(text, [.. Hole().Matches(text).Select(hole => hole.Groups[1].Value)]);
        }
    }

    private sealed record Template(string Text, string[] Names);
}
