using System.Text;

namespace NetSuperd.Windows.Programs;

/// <summary>
/// Arguments as one text, since a process of Windows gets no other: a program takes them apart again by the rules of CommandLineToArgvW
/// and of the C runtime ("Parsing C command-line arguments").
/// </summary>
/// <remarks>
/// Backslashes are what they are, except before a quotation mark: there each counts half, and one more makes the mark a letter. The first
/// argument has no such rules: it ends at the next quotation mark.
/// </remarks>
internal static class CommandLineText
{
    /// <summary>The longest one, without the zero at its end (CreateProcessW, lpCommandLine).</summary>
    public const int MostLetters = 32_766;

    /// <summary>The text.</summary>
    /// <param name="name">The first argument, without a quotation mark.</param>
    /// <param name="arguments">The others.</param>
    public static string Of(string name, IEnumerable<string> arguments)
    {
        var text = new StringBuilder().Append('"').Append(name).Append('"');
        foreach (var argument in arguments)
        {
            Append(text.Append(' '), argument);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string argument)
    {
        if (argument.Length > 0 && argument.AsSpan().IndexOfAny(" \t\n\v\"") < 0)
        {
            text.Append(argument);
            return;
        }

        text.Append('"');
        var backslashes = 0;
        foreach (var letter in argument)
        {
            if (letter == '"')
            {
                text.Append('\\', backslashes + 1);
            }

            backslashes = letter == '\\' ? backslashes + 1 : 0;
            text.Append(letter);
        }

        text.Append('\\', backslashes).Append('"');
    }
}
