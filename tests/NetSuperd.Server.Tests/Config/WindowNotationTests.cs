using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Tests.Config;

public sealed class WindowNotationTests
{
    [Theory]
    [InlineData("mon-fri 08:00-18:00", "mon-fri 08:00-18:00")]
    [InlineData("sat,sun 10:00-12:00", "sat,sun 10:00-12:00")]
    [InlineData("sat-sun 10:00-12:00", "sat,sun 10:00-12:00")]
    [InlineData("08:00-18:00", "08:00-18:00")]
    [InlineData("mon-sun 08:00-18:00", "08:00-18:00")]
    [InlineData("thu-wed 08:00-18:00", "08:00-18:00")]
    [InlineData("sat", "sat")]
    [InlineData("sat 00:00-24:00", "sat")]
    [InlineData("00:00-24:00", "00:00-24:00")]
    [InlineData("mon-sun", "00:00-24:00")]
    [InlineData("fri-mon 22:00-06:00", "mon,fri-sun 22:00-06:00")]
    [InlineData("sun,mon,mon,wed", "mon,wed,sun")]
    [InlineData("wed 22:00-00:00", "wed 22:00-00:00")]
    public void Accepts_Notation_InOneNormalForm(string text, string normal)
    {
        var window = WindowNotation.Read(text, out var problem);

        Assert.Equal("", problem);
        Assert.Equal(normal, WindowNotation.Format(window!));
        Assert.Equal(window, WindowNotation.Read(normal, out _));
    }

    [Theory]
    [InlineData("8:00-18:00", "\"08:00-18:00\"")]
    [InlineData("8am-6:30pm", "\"08:00-18:30\"")]
    [InlineData("12am-12pm", "\"00:00-12:00\"")]
    [InlineData("08:00-08:00", "\"00:00-24:00\"")]
    [InlineData("24:00-06:00", "\"00:00-06:00\"")]
    [InlineData("08:00-24:01", "24:01")]
    [InlineData("tuesday", "\"tue\"")]
    [InlineData("SAT", "\"sat\"")]
    [InlineData("weekdays", "\"mon-fri\"")]
    [InlineData("", "\"mon-fri 08:00-18:00\"")]
    public void Rejects_OtherValues_AndSaysWhatToWrite(string text, string hint)
    {
        Assert.Null(WindowNotation.Read(text, out var problem));
        Assert.Contains(hint, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_AnyWindow_IsReadAsTheSame() =>
        Gen.Select(Gen.Int[1, 127], Gen.Int[0, 1439], Gen.Int[0, 1440]).Where(window => window.Item2 != window.Item3).Sample(parts =>
        {
            var window = new TimeWindow(parts.Item1, parts.Item2, parts.Item3);

            Assert.Equal(window, WindowNotation.Read(WindowNotation.Format(window), out var problem));
            Assert.Equal("", problem);
        });
}
