using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class PlainTextTests
{
    // Strings of everything that Unicode has, halves of surrogate pairs included.
    private static readonly Gen<string> AnyText =
        Gen.OneOf(Gen.Char, Gen.Char['\0', '\u00FF'], Gen.Char['\u2000', '\u206F'], Gen.Char['\uD800', '\uDFFF']).Array[0, 60]
            .Select(chars => new string(chars));

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("ümläut € 日本", "ümläut € 日本")]
    [InlineData("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree")]
    [InlineData("\u0000\u0007\u001b[2J\u007f", "\\u0000\\u0007\\u001b[2J\\u007f")]
    [InlineData("\u0085\u009b", "\\u0085\\u009b")]
    [InlineData("\u202Eabc\u2028\uFEFF", "\\u202eabc\\u2028\\ufeff")]
    [InlineData(
        "\u061C\u200E\u200F\u2029\u202A\u2066\u2069\uFDD0\uFFFE", "\\u061c\\u200e\\u200f\\u2029\\u202a\\u2066\\u2069\\ufdd0\\ufffe")]
    [InlineData("\U000E0041\U0001FFFF", "\\udb40\\udc41\\ud83f\\udfff")]
    [InlineData("😀", "😀")]
    public void Of_Text_EscapesWhatCouldHarm(string text, string line) => Assert.Equal(line, PlainText.Of(text));

    [Theory]
    [InlineData("12345", 5, "12345")]
    [InlineData("123456", 5, "12345...")]
    [InlineData("\n\n\n", 2, "\\n\\n...")]
    [InlineData("a😀", 2, "a...")]
    [InlineData("ab", 0, "...")]
    [InlineData("", 5, "")]
    public void Of_ALongText_IsCut(string text, int mostChars, string line) => Assert.Equal(line, PlainText.Of(text, mostChars));

    // As data of a theory it would be replaced on the way.
    [Fact]
    public void Of_HalvesOfSurrogatePairs_AreEscaped() => Assert.Equal("a\\ud800b\\udc00", PlainText.Of("a\uD800b\uDC00"));

    [Fact]
    public void OfLines_LinesAndTabs_Stay() => Assert.Equal("a\tb\n\\u001b\\r\nc", PlainText.OfLines("a\tb\n\u001b\r\nc"));

    [Fact]
    public void Of_AnyText_IsOneLineWithoutAnythingHostile() => Gen.Select(AnyText, Gen.Int[0, 50]).Sample((text, mostChars) =>
    {
        var line = PlainText.Of(text, mostChars);

        Assert.All(line.EnumerateRunes(), rune => Assert.False(Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
            line));
        Assert.DoesNotContain(line, char.IsControl);
        Assert.Equal(line, new UTF8Encoding(false).GetString(Encoding.UTF8.GetBytes(line)));
    });

    [Fact]
    public void Of_AnyTextInAJsonString_MeansTheSame() => AnyText.Sample(text =>
    {
        var whole = new string([.. text.Where(unit => !char.IsSurrogate(unit) && unit is not ('"' or '\\'))]);

        Assert.Equal(whole, JsonSerializer.Deserialize<string>($"\"{PlainText.Of(whole)}\""));
    });
}
