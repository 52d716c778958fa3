using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using Serilog;
using Serilog.Core;

namespace NetSuperd.Tests.Logging;

/// <summary>What the journal and syslog get, byte by byte, from a socket of the test in their place.</summary>
public sealed class LogServiceTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1));
    private static readonly IPEndPoint Client = new(IPAddress.Parse("192.0.2.77"), 4711);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-log-");
    private readonly Logger _logger = new LoggerConfiguration().CreateLogger();
    private readonly MemoryStream _error = new();

    private string Place => Path.Combine(_folder.FullName, "log");

    private string OnError => Encoding.UTF8.GetString(_error.ToArray());

    public void Dispose()
    {
        _logger.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Journal_AnEvent_IsADatagramOfFields()
    {
        using var service = Bind();
        using var journal = new JournalStream(Place, _error);
        journal.Write(Line(LogForm.Journal, LogAddress.Full));

        Assert.Equal(
            """
            PRIORITY=4
            SYSLOG_FACILITY=3
            SYSLOG_IDENTIFIER=netsuperd
            MESSAGE_ID=5d3f0c9ab1e74c62a8e4f7d2c0b10123
            EVENT=Tried
            SERVICE=a ]"\n\
            CONNECTION_ID=5
            PEER=192.0.2.77:4711
            MESSAGE=Connection 5 of a ]"\n\ from 192.0.2.77:4711: ü

            """,
            Receive(service));
        Assert.Equal("", OnError);
    }

    [Fact]
    public void Syslog_AnEvent_IsAMessageOfRfc5424()
    {
        using var service = Bind();
        using var syslog = new SyslogStream(Place, _error);
        syslog.Write(Line(LogForm.Syslog, LogAddress.Prefix));

        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"<28>1 2026-01-02T02:04:05.678000Z {Environment.MachineName} netsuperd ")
                + string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} Tried [netsuperd@32473 ")
                + """service="a \]\"\\n\\" connection="5" peer="192.0.2.0/24"] """
                + "\uFEFFConnection 5 of a ]\"\\n\\ from 192.0.2.0/24: ü",
            Receive(service));
    }

    [Fact]
    public void EventLog_AnEvent_IsALineWithItsLevelAndItsNumber() =>
        Assert.Equal(
            "<4:123>Connection 5 of a ]\"\\n\\ from -: ü\n", Encoding.UTF8.GetString(Line(LogForm.Event, LogAddress.None)));

    [Theory]
    [InlineData(true, "<4>Connection 5 of a ]\"\\n\\ from -: ü\n")]
    [InlineData(false, "<28>1 2026-01-02T02:04:05.678000Z ")]
    public void Lines_WithoutAService_GoToStandardErrorUntilItIsBack(bool isJournal, string line)
    {
        var form = isJournal ? LogForm.Journal : LogForm.Syslog;
        using Stream stream = isJournal ? new JournalStream(Place, _error) : new SyslogStream(Place, _error);
        stream.Write(Line(form, LogAddress.None));
        using (Bind())
        {
            // It has ended, and its path stays.
        }

        stream.Write(Line(form, LogAddress.None));
        File.Delete(Place);
        Assert.StartsWith(line, OnError, StringComparison.Ordinal);
        Assert.Equal(2, OnError.Count(letter => letter == '\n'));

        using var back = Bind();
        stream.Write(Line(form, LogAddress.None));

        Assert.Contains("Connection 5", Receive(back), StringComparison.Ordinal);
        Assert.Equal(2, OnError.Count(letter => letter == '\n'));
        Assert.Equal(3 * Line(form, LogAddress.None).Length, stream.Position);
    }

    [Fact]
    public void Journal_AnEventLargerThanADatagram_IsASealedFile()
    {
        using var service = Bind();
        using var journal = new JournalStream(Place, _error);
        var text = new string('x', 4_000_000);
        journal.Write(Encoding.UTF8.GetBytes($"PRIORITY=6{JournalFields.Separator}MESSAGE={text}\n"));

        var (count, file) = SocketRights.Receive(service, new byte[10]);
        using (file)
        {
            Assert.Equal(0, count);
            Assert.Equal($"PRIORITY=6\nMESSAGE={text}\n", Encoding.UTF8.GetString(SealedFile.Read(file!)));
        }
    }

    [Fact]
    public void Syslog_AMessageLargerThanADatagram_IsCutBetweenCharacters()
    {
        using var service = Bind();
        using var syslog = new SyslogStream(Place, _error);
        syslog.Write(Encoding.UTF8.GetBytes($"x{new string('ü', 1_000_000)}\n"));

        Assert.Equal($"x{new string('ü', 16383)}", Receive(service));
    }

    [Fact]
    public void Write_ToAServiceThatDoesNotRead_FailsAndTellsWhatItHasTaken()
    {
        using var service = Bind();
        using var syslog = new SyslogStream(Place, _error);
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("line\n", 10_000)));

        Assert.Equal(Errno.EAGAIN, Assert.Throws<CallException>(() => syslog.Write(lines)).Errno);

        Assert.InRange(syslog.Position, 5, lines.Length - 5);
        Assert.Equal("", OnError);
        for (var taken = syslog.Position; taken > 0; taken -= 5)
        {
            Assert.Equal("line", Receive(service));
        }

        Assert.Equal(0, service.Available);
    }

    /// <summary>The line of an event, with its end.</summary>
    private byte[] Line(LogForm form, LogAddress addresses)
    {
        var section = new LogSection
        {
            Level = LogThreshold.Debug, Format = LogFormat.Text, Target = LogTarget.Journal, File = null, Address = addresses,
            LinesPerSource = null,
        };
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        new LogFormatter(_logger, section, form).Write(new LogEntry(Time, LogLevel.Warning, new EventId(123, "Tried"), [
            new("ConnectionId", 5L), new("Service", "a ]\"\n\\"), new("Peer", Client), new("Other", "ü"),
            new("{OriginalFormat}", "Connection {ConnectionId} of {Service} from {Peer}: {Other}")]), output);
        return Encoding.UTF8.GetBytes(output.ToString());
    }

    private static string Receive(Socket service)
    {
        var bytes = new byte[1 << 17];
        service.ReceiveTimeout = 30_000;
        return Encoding.UTF8.GetString(bytes, 0, service.Receive(bytes));
    }

    private Socket Bind() => UnixListener.Bind(Place, SocketType.Dgram);
}
