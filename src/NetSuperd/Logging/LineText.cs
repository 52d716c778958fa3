using System.Globalization;
using System.Text;

namespace NetSuperd.Logging;

/// <summary>Text from outside, fit for one line of the log.</summary>
internal static class LineText
{
    /// <summary>Writes the text with everything escaped that could end the line, move a cursor or hide what follows, and cuts it.</summary>
    public static void Write(string text, int mostChars, TextWriter output)
    {
        var cut = text.Length > mostChars;
        Span<char> chars = stackalloc char[2];
        foreach (var rune in (cut ? text.AsSpan(0, mostChars) : text).EnumerateRunes())
        {
            if (IsPlain(rune))
            {
                output.Write(chars[..rune.EncodeToUtf16(chars)]);
            }
            else
            {
                output.Write(rune.Value switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                    _ => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
                });
            }
        }

        if (cut)
        {
            output.Write("...");
        }
    }

    private static bool IsPlain(Rune rune) => rune.Value is >= ' ' and < 0x7F
        || (rune.Value >= 0xA0 && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned));
}
