using System.Globalization;
using CsCheck;
using NetSuperd.Logging;

namespace NetSuperd.Tests.Logging;

public sealed class LineTextTests
{
    // Strings of everything that Unicode has, halves of surrogate pairs included.
    private static readonly Gen<string> AnyText =
        Gen.OneOf(Gen.Char, Gen.Char['\0', '\u00FF'], Gen.Char['\u2000', '\u206F'], Gen.Char['\uD800', '\uDFFF']).Array[0, 60].Select(chars => new string(chars));

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("ümläut € 日本", "ümläut € 日本")]
    [InlineData("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree")]
    [InlineData("\u0000\u0007\u001b[2J\u007f", "\\x00\\x07\\x1b[2J\\x7f")]
    [InlineData("\u0085\u009b", "\\x85\\x9b")]
    [InlineData("\u202Eabc\u2028\uFEFF", "\\u{202e}abc\\u{2028}\\u{feff}")]
    [InlineData("\U000E0041", "\\u{e0041}")]
    [InlineData("😀", "😀")]
    public void Write_Text_EscapesWhatCouldHarm(string text, string line) => Assert.Equal(line, Written(text, 100));

    [Theory]
    [InlineData("12345", 5, "12345")]
    [InlineData("123456", 5, "12345...")]
    [InlineData("\n\n\n", 2, "\\n\\n...")]
    [InlineData("", 5, "")]
    public void Write_ALongText_IsCut(string text, int mostChars, string line) => Assert.Equal(line, Written(text, mostChars));

    [Fact]
    public void Write_AnyText_IsOneLineWithoutControlCharacters() => Gen.Select(AnyText, Gen.Int[0, 50]).Sample((text, mostChars) =>
    {
        var line = Written(text, mostChars);

        Assert.All(line.EnumerateRunes(), rune => Assert.False(System.Text.Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator, line));
        Assert.DoesNotContain(line, char.IsControl);
    });

    private static string Written(string text, int mostChars)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        LineText.Write(text, mostChars, output);
        return output.ToString();
    }
}
