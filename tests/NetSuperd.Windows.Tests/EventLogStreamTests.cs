using System.Text;
using NetSuperd.Platform;
using NetSuperd.Windows.Logging;

namespace NetSuperd.Windows.Tests;

public sealed class EventLogStreamTests
{
    private const ushort Error = 1;
    private const ushort Warning = 2;
    private const ushort Information = 4;

    [Fact]
    public void Lines_OfTheLog_AreEventsWithTheirLevelAndNumber()
    {
        var events = new Events();
        using var log = new EventLogStream(events, areLines: true);

        log.Write("<6:101>Started ü\n<4:5015>Refused\n<3:104>Cannot start\n<7>a plugin's\n"u8);

        Assert.Equal(
            [(Information, (ushort)101, "Started ü"), (Warning, 5015, "Refused"), (Error, 104, "Cannot start"),
                (Information, 0, "a plugin's")],
            events.Reported);
        Assert.Equal(Encoding.UTF8.GetByteCount("<6:101>Started ü\n<4:5015>Refused\n<3:104>Cannot start\n<7>a plugin's\n"), log.Position);
    }

    [Theory]
    [InlineData("<6:1>from fe80::1%12, 100% of %s\n", @"from fe80::1\u002512, 100% of %s")]
    [InlineData("<6:1>%%4 %1\n", @"%\u00254 \u00251")]
    [InlineData("<6:1><3:104>text of a peer\n", "<3:104>text of a peer")]
    public void Text_OfAStranger_IsNoPlaceForAnotherText(string line, string text)
    {
        var events = new Events();
        using var log = new EventLogStream(events, areLines: true);

        log.Write(Encoding.UTF8.GetBytes(line));

        Assert.Equal([(Information, (ushort)1, text)], events.Reported);
    }

    [Fact]
    public void Number_AboveSixteenBits_IsNone()
    {
        var events = new Events();
        using var log = new EventLogStream(events, areLines: true);

        log.Write("<6:65536>x\n<6:65535>y\n"u8);

        Assert.Equal([(Information, (ushort)0, "x"), (Information, 65535, "y")], events.Reported);
    }

    [Fact]
    public void Text_LongerThanAnEvent_IsCutBetweenCharacters()
    {
        var events = new Events();
        using var log = new EventLogStream(events, areLines: true);

        log.Write(Encoding.UTF8.GetBytes($"<6:1>x{Faces(40_000)}\n<6:1>{new string('%', 31_836)}1%1\n"));

        Assert.Equal($"x{Faces(15_917)}...", events.Reported[0].Text);
        Assert.Equal(31_839, events.Reported[1].Text.Length);
    }

    [Fact]
    public void Message_OfStandardError_IsOneEventOfAllItsLines()
    {
        var events = new Events();
        using var error = new EventLogStream(events, areLines: false);

        error.Write("<4>map.toml:1:1: warning: x\n<4>    1 | x\n"u8);
        error.Write("netsuperd: cannot start\n"u8);

        Assert.Equal(
            [(Warning, (ushort)0, "map.toml:1:1: warning: x\r\n    1 | x"), (Error, 0, "netsuperd: cannot start")], events.Reported);
    }

    [Fact]
    public void Write_ToALogThatIsFull_FailsAndTellsWhatItHasTaken()
    {
        var events = new Events { Most = 2 };
        using var log = new EventLogStream(events, areLines: true);

        Assert.Throws<CallException>(() => log.Write("<6:1>a\n<6:1>b\n<6:1>c\n<6:1>d\n"u8));

        Assert.Equal("<6:1>a\n<6:1>b\n".Length, log.Position);
        Assert.Equal(2, events.Reported.Count);
    }

    [Fact]
    public void Report_ToTheEventLogItself_IsTaken()
    {
        using var log = new EventLogStream(new EventSource("netsuperd-test"), areLines: true);

        log.Write("<6:101>a test\n"u8);

        Assert.Equal("<6:101>a test\n".Length, log.Position);
    }

    [Theory]
    [InlineData("eventlog", 0, "the map is valid")]
    [InlineData("journal", 78, "map.toml:2:10: error: target = \"journal\" is not for this system")]
    [InlineData("syslog", 78, "\"eventlog\" is its event log")]
    public async Task Target_OfTheMap_IsTheEventLogAlone(string target, int status, string text)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var map = Path.Combine(folder.FullName, "map.toml");
            await File.WriteAllTextAsync(
                map, $"[log]\r\ntarget = \"{target}\"\r\n[ports]\r\n7 = \"echo\"\r\n", TestContext.Current.CancellationToken);

            var (actual, said) = await TestedProgram.RunAsync("check", map);

            Assert.Equal((status, true), (actual, said.Contains(text, StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Faces(int count) => string.Concat(Enumerable.Repeat("\U0001F600", count));

    private sealed class Events : IEventReport
    {
        public List<(ushort Type, ushort Id, string Text)> Reported { get; } = [];

        public int Most { get; init; } = int.MaxValue;

        public void Report(ushort type, ushort id, string text)
        {
            if (Reported.Count == Most)
            {
                throw new CallException("ReportEventW", "test", Errno.ENOSPC);
            }

            Reported.Add((type, id, text));
        }

        public void Dispose()
        {
        }
    }
}
