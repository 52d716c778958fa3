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
