using System.Globalization;
using System.Text;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>Divides a value into words, with the quotes and escapes of systemd.syntax(7).</summary>
internal static class UnitWords
{
    /// <summary>The words of a value, and whether each has quotes, in which no variable is divided.</summary>
    public static List<Word> Split(UnitEntry entry)
    {
        var words = new List<Word>();
        var text = entry.Value.Text;
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var (from, word) = (at, new StringBuilder());
            for (var quote = '\0'; at < text.Length && (quote != '\0' || !char.IsWhiteSpace(text[at])); at++)
            {
                if (text[at] == quote || (quote == '\0' && text[at] is '"' or '\'' && at >= from))
                {
                    quote = quote == '\0' ? text[at] : '\0';
                }
                else if (text[at] == '\\' && at + 1 < text.Length)
                {
                    at = Escape(text, at + 1, word);
                }
                else
                {
                    word.Append(text[at]);
                }
            }

            words.Add(entry.Part(from, at) with { Text = word.ToString() });
        }

        return words;
    }

    private static int Escape(string text, int at, StringBuilder word)
    {
        const string From = "abfnrtvs\\\"'";
        const string To = "\a\b\f\n\r\t\v \\\"'";
        var known = From.IndexOf(text[at], StringComparison.Ordinal);
        var digits = text[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (known >= 0)
        {
            word.Append(To[known]);
        }
        else if (digits > 0 && at + digits < text.Length
            && int.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            && Rune.IsValid(code))
        {
            word.Append(new Rune(code));
            at += digits;
        }
        else
        {
            word.Append('\\').Append(text[at]);
        }

        return at;
    }
}
