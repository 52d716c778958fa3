using System.Buffers;
using System.Globalization;
using System.Text;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>
/// Makes text from outside (names of files and processes, text of a map, a child or a plugin) safe for a terminal, a line of the log and a
/// message. Only this class decides which characters are safe.
/// </summary>
/// <remarks>
/// A character that could end the line, move the cursor, change the writing direction or be invisible is replaced by its escape: <c>\n</c>,
/// <c>\r</c>, <c>\t</c>, or <c>\u</c> and four digits for each UTF-16 unit. JSON has the same escapes, so nothing is lost inside a JSON
/// string.
/// </remarks>
public static class PlainText
{
    private static readonly SearchValues<char> Ascii = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>The text on one line, cut at a length.</summary>
    public static string Of(string text, int mostChars = int.MaxValue)
    {
        if (text.Length <= mostChars && !text.AsSpan().ContainsAnyExcept(Ascii))
        {
            return text;
        }

        using var output = new StringWriter(CultureInfo.InvariantCulture);
        Write(Cut(text, mostChars), output);
        return output.ToString();
    }

    /// <summary>The same for a text of several lines; tabs stay, since an excerpt of a file is aligned by them.</summary>
    public static string OfLines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(part => Of(part)))));

    /// <summary>The text, or its beginning and three dots.</summary>
    public static string Cut(string text, int mostChars)
    {
        if (text.Length <= mostChars)
        {
            return text;
        }

        // Not between the halves of a surrogate pair.
        var length = mostChars > 0 && char.IsHighSurrogate(text[mostChars - 1]) ? mostChars - 1 : mostChars;
        return $"{text.AsSpan(0, length)}...";
    }

    /// <summary>Writes the text on one line.</summary>
    public static void Write(ReadOnlySpan<char> text, TextWriter output)
    {
        while (text.Length > 0)
        {
            var plain = text.IndexOfAnyExcept(Ascii);
            if (plain != 0)
            {
                output.Write(plain < 0 ? text : text[..plain]);
                text = plain < 0 ? [] : text[plain..];
                continue;
            }

            var isWhole = Rune.DecodeFromUtf16(text, out var rune, out var units) == OperationStatus.Done;
            if (isWhole && IsPlain(rune))
            {
                output.Write(text[..units]);
            }
            else
            {
                Escape(text[..units], output);
            }

            text = text[units..];
        }
    }

    /// <summary>Whether a character is safe as it is.</summary>
    public static bool IsPlain(Rune rune) => rune.Value is >= ' ' and < 0x7F
        || (rune.Value >= 0xA0 && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned));

    private static void Escape(ReadOnlySpan<char> units, TextWriter output)
    {
        foreach (var unit in units)
        {
            switch (unit)
            {
                case '\n':
                    output.Write("\\n");
                    break;
                case '\r':
                    output.Write("\\r");
                    break;
                case '\t':
                    output.Write("\\t");
                    break;
                default:
                    output.Write("\\u");
                    output.Write(((int)unit).ToString("x4", CultureInfo.InvariantCulture));
                    break;
            }
        }
    }
}
