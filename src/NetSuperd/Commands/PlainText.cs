using System.Globalization;
using NetSuperd.Logging;

namespace NetSuperd.Commands;

/// <summary>Text from outside, fit for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The text on one line, with everything escaped that could move the cursor or hide what follows.</summary>
    public static string Of(string text, int mostChars = int.MaxValue)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        LineText.Write(text, mostChars, output);
        return output.ToString();
    }

    /// <summary>The same for a text of several lines; tabs stay, since an excerpt of a file is aligned by them.</summary>
    public static string OfLines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(part => Of(part)))));
}
