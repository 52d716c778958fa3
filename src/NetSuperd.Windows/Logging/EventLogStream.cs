using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetSuperd.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Logging;

/// <summary>
/// Sends the log, or what stands in for standard error, to the event log. An event that it does not take makes the write fail; the log
/// counts it then, and tries again with the next.
/// </summary>
/// <param name="report">Takes the events.</param>
/// <param name="areLines">Whether each line is an event, as in the log; else each write is one, of all its lines.</param>
internal sealed partial class EventLogStream(IEventReport report, bool areLines) : TakingStream
{
    // An event string of ReportEventW.
    private const int MostChars = 31_839;

    // What has no number of its own: lines of plugins, and errors before there is a log.
    private const ushort OtherId = 0;

    /// <inheritdoc/>
    /// <exception cref="CallException">The event log does not take an event.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var length = areLines ? buffer.IndexOf((byte)'\n') + 1 : buffer.Length;
            Report(Encoding.UTF8.GetString(buffer[..length]).TrimEnd('\n'));
            Taken += length;
            buffer = buffer[length..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        report.Dispose();
        base.Dispose(disposing);
    }

    private static ushort TypeOf(int severity) => severity switch
    {
        <= JournalFields.Error => Advapi32.EVENTLOG_ERROR_TYPE,
        JournalFields.Warning => Advapi32.EVENTLOG_WARNING_TYPE,
        _ => Advapi32.EVENTLOG_INFORMATION_TYPE,
    };

    /// <summary>The level, and in the log the number of the event, before a line.</summary>
    [GeneratedRegex(@"^<(?<severity>[0-7])(:(?<id>[0-9]+))?>", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Start();

    /// <summary>
    /// What the Event Viewer takes as a place for another text (ReportEventW, lpStrings): the address of an interface, fe80::1%2, has it,
    /// and a stranger's text may.
    /// </summary>
    [GeneratedRegex("%(?=[0-9])")]
    private static partial Regex Place();

    private void Report(string text)
    {
        var start = Start().Match(text);
        var severity = start.Success ? int.Parse(start.Groups["severity"].ValueSpan, CultureInfo.InvariantCulture) : JournalFields.Error;
        var id = ushort.TryParse(start.Groups["id"].ValueSpan, CultureInfo.InvariantCulture, out var own) ? own : OtherId;
        text = areLines ? text[start.Length..] : Start().Replace(text, "").Replace("\n", "\r\n", StringComparison.Ordinal);
        text = Place().Replace(text, @"\u0025");
        report.Report(TypeOf(severity), id, PlainText.Cut(text, MostChars - "...".Length));
    }
}
