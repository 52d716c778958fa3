using NetSuperd.Commands;
using NetSuperd.Server.Tally;
using NetSuperd.Tests.Commands;
using NetSuperd.Top;

namespace NetSuperd.Tests.Top;

/// <summary>The lines that <c>netsuperd top</c> shows.</summary>
public sealed class TopFrameTests
{
    private static readonly LineRoom Room = new(80, "…");

    [Fact]
    public void Frame_At80Columns_HasEverythingThatCounts()
    {
        var lines = Frame(
            24,
            Room,
            DaemonStandIn.Service("echo") with
            {
                Live = 1234567,
                Limits = [new LimitUse("max_connections", 30, 100), new LimitUse("rate", 1, 9)],
            },
            DaemonStandIn.Service("ftp") with { State = "failed", Reason = "[::]:21: address already in use" });

        Assert.Equal(24, lines.Count);
        Assert.StartsWith("netsuperd 4711 up 3d  3 live  0/s accepted  0/s refused  1 FAILED  ", lines[0].Text, StringComparison.Ordinal);
        Assert.Equal("[Services 2]   Connections    Events   by map", lines[1].Text);
        Assert.Equal("  SERVICE  STATE    LIVE  ACC/S  REF/S  REFUSED              LIMIT", lines[2].Text.TrimEnd());
        Assert.Equal("> echo     serving  1.2M      0      0  -                    ###.....  30% max_…", lines[3].Text);
        Assert.Equal(Tone.Reverse, lines[3].Tone);
        Assert.Equal(Tone.Trouble, lines[4].Tone);
        Assert.StartsWith("? help  q quit", lines[^1].Text, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(LineRoom.CellsOf(line.Text), 0, 80));
    }

    [Theory]
    [InlineData(24, 80)]
    [InlineData(8, 40)]
    [InlineData(3, 10)]
    public void Frame_WithNamesFromOutside_IsPlainAndFits(int rows, int columns)
    {
        var lines = Frame(
            rows,
            new LineRoom(columns, "..."),
            [.. Enumerable.Range(0, 50).Select(i => DaemonStandIn.Service($"\u001b[2J{i}\n\u202Eevil日本語日本語") with
            {
                Reason = "\u009b31m\r\nred",
                State = "\u001b[5mserving",
            })]);

        Assert.Equal(rows, lines.Count);
        Assert.All(lines, line => Assert.DoesNotContain(line.Text, letter => char.IsControl(letter) || letter == '\u202E'));
        Assert.All(lines, line => Assert.InRange(LineRoom.CellsOf(line.Text), 0, columns));
    }

    [Theory]
    [InlineData("10.0.0.0/8", 20, "filter: 10.0.0.0/8_")]
    [InlineData("10.0.0.0/8", 8, "0.0.0/8_")]
    [InlineData("\u001b", 20, "filter: \\u001b_")]
    public void TypedText_ThatIsTooLong_ShowsItsEnd(string text, int cells, string line) =>
        Assert.Equal(line, new TypedText("filter: ", text, TypedText.Use.Filter).Line(cells));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(1000, "1.0K")]
    [InlineData(9960, "10K")]
    [InlineData(999_499, "999K")]
    [InlineData(999_500, "1.0M")]
    [InlineData(long.MaxValue, "9.2E")]
    public void Amount_HasFewCharacters(long number, string text) => Assert.Equal(text, Amount.Short(number));

    private static IReadOnlyList<ShownLine> Frame(int rows, LineRoom room, params ServiceStatus[] services)
    {
        var look = new Look(DaemonStandIn.Now, DaemonStandIn.Status(services));
        using var session = new TopSession(new WatchedDaemon("/nowhere", null), look, TimeSpan.FromSeconds(1), isReadOnly: false);
        return session.Frame(rows, room);
    }
}
