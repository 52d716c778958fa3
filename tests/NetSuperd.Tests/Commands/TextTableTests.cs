using NetSuperd.Commands;

namespace NetSuperd.Tests.Commands;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_AreAlignedAndNumbersStandToTheRight()
    {
        var table = new TextTable("NAME", " COUNT", "STATE");
        table.Add("echo", "12", "serving");
        table.Add("a-longer-name", "12345678", "paused");

        Assert.Equal(
            """
            NAME              COUNT  STATE
            echo                 12  serving
            a-longer-name  12345678  paused

            """,
            table.ToString());
    }

    [Fact]
    public void Column_WithoutAnyValue_IsLeftOutAndAGapIsADash()
    {
        var table = new TextTable("NAME", "STATE", "REASON", " PID");
        table.Add("echo", null, null, "1");
        table.Add("ftp", "failed", null, null);

        Assert.Equal(
            """
            NAME  STATE   PID
            echo  -         1
            ftp   failed    -

            """,
            table.ToString());
    }

    [Theory]
    [InlineData(80, "ID  NAME                         KIND   COUNT  REASON", "1   a-name-of-26-characters-xyz  child     12  no such file")]
    [InlineData(40, "ID  NAME             COUNT  REASON", "1   a-name-of-26-c…     12  no such file")]
    [InlineData(20, "ID  NAME      COUNT…", "1   a-name-…     12…")]
    public void Terminal_ThatIsNarrow_GetsFewerColumnsAndShorterText(int cells, string header, string row)
    {
        var table = new TextTable("ID", "NAME~", "KIND?", " COUNT", "REASON~");
        table.Add("1", "a-name-of-26-characters-xyz", "child", "12", "no such file");

        Assert.Equal((header + "\n" + row + "\n").Split('\n'), table.ToString(new LineRoom(cells, "…")).Split('\n'));
    }

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdefg", 6, "abc...")]
    [InlineData("日本語", 6, "日本語")]
    [InlineData("日本語日", 6, "日...")]
    [InlineData("abc", 2, "ab")]
    public void Fit_CutsAtCellsOfTheTerminal(string text, int cells, string expected) =>
        Assert.Equal(expected, new LineRoom(cells, "...").Fit(text));

    [Fact]
    public void NoRows_IsTheHeader() => Assert.Equal("NAME  COUNT\n", new TextTable("NAME", " COUNT").ToString());

    [Fact]
    public void Cells_FromOutside_CannotTouchTheTerminal()
    {
        var table = new TextTable("NAME", "REASON");
        table.Add("\u001b[2J\nevil", "right\u202Eleft");
        table.Add("ümläut", new string('x', 1000));

        var lines = table.ToString().TrimEnd('\n').Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.Equal("\\u001b[2J\\nevil  right\\u202eleft", lines[1]);
        Assert.StartsWith("ümläut           xxx", lines[2], StringComparison.Ordinal);
        Assert.InRange(lines[2].Length, 200, 300);
    }

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m")]
    [InlineData(3599, "59m")]
    [InlineData(3600, "1h")]
    [InlineData(86399, "23h")]
    [InlineData(86400, "1d")]
    [InlineData(86400 * 400.0, "400d")]
    public void Age_HasItsLargestUnit(double seconds, string age) => Assert.Equal(age, Age.Format(TimeSpan.FromSeconds(seconds)));
}
