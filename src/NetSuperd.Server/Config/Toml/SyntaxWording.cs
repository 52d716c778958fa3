using System.Text.RegularExpressions;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// Tomlyn's syntax errors in the words of the person that edits the file: what to write instead, where the line shows what was meant. An
/// unknown message is passed on unchanged, so that a newer Tomlyn affects only the wording.
/// </summary>
internal static partial class SyntaxWording
{
    /// <summary>Whether the parser looked for the end of a header in the next line, and then could not parse that either.</summary>
    public static bool EndsInsideHeader(string message) =>
        message.Contains("`newline`) while expecting `]", StringComparison.Ordinal);

    /// <summary>Whether the error is at the end of a line that the parser had already failed on.</summary>
    public static bool IsEcho(string message) => message.StartsWith("Unexpected token [␤]", StringComparison.Ordinal);

    /// <summary>Whether a string continued into the following lines.</summary>
    public static bool IsOpenString(string message) => message.StartsWith("Invalid newline in a string", StringComparison.Ordinal);

    /// <summary>Whether a string over several lines has no end.</summary>
    public static bool IsEndlessString(string message) =>
        message.StartsWith("Invalid End-Of-File found for multi-line", StringComparison.Ordinal);

    /// <summary>The wording of a message about a line.</summary>
    public static string For(string message, string line)
    {
        var found = Found().Match(message) is { Success: true } match ? Readable(match.Groups[1].Value) : "";
        return message switch
        {
            _ when UnquotedKey().Match(line) is { Success: true } key && IsAboutKey(message) =>
                $"write a key with characters other than letters, digits, '_' and '-' in quotes: \"{key.Groups[1].Value.TrimEnd()}\" = ...",
            _ when UnquotedValue().Match(line) is { Success: true } value && IsAboutValue(message) => Unquoted(value.Groups[1].Value),
            _ when Starts("Expecting `=` after a key") => "a key needs '=' and a value",
            _ when Starts("Unexpected token end-of-line found while expecting a value") => "a value is missing after '='",
            _ when Ends("for a value") => $"{found} is not a value; a string is written in double quotes",
            _ when Ends("for a base key") => $"a key is missing before {found}",
            _ when Has("while expecting `]") && found is not ("the end of the line" or "the end of the file" or "']'" or "']]'") =>
                $"unexpected {found} in a header; a name with characters other than letters, digits, '_' and '-' needs quotes there too",
            _ when Has("while expecting `]`") => $"the header is not closed: expected ']' instead of {found}",
            _ when Has("while expecting `]]`") => $"the header is not closed: expected ']]' instead of {found}",
            _ when Has("while expecting token `newline`") => $"unexpected {found}; a line holds one key = value pair or one header",
            _ when Has("Expecting a closing `]`") => $"the array is not closed: expected ',' or ']' instead of {found}",
            _ when Starts("Missing a `,`") => "a ',' is missing between two items",
            _ when Has("while parsing inline table") => "the inline table is not closed: expected ',' or '}'",
            _ when Starts("Invalid newline in a string") => "the string is not closed on its line",
            _ when Starts("Invalid End-Of-File") => "the string is not closed",
            _ when Starts("Unexpected escape character") =>
                "unknown escape in a string; write \\\\ for a backslash, or the string in single quotes",
            _ when Starts("Invalid Unicode scalar") => "an escape in a string names no character",
            _ when Starts("Unexpected leading zero") => "a number must not begin with 0; an octal mode is a string such as \"022\"",
            _ when Starts("Unable to parse integer") => "a whole number must be from -9223372036854775808 to 9223372036854775807",
            _ when Starts("Unable to parse the date") => "there is no such date or time",
            _ when Starts("Invalid control character") => "a control character; in a string write it as an escape such as \\t or \\u001b",
            _ when Starts("Invalid \\r") => "a carriage return that no line feed follows",
            _ when Starts("Unexpected token [") => $"unexpected {found}",
            _ => char.ToLowerInvariant(message[0])
                + message[1..].Replace('`', '\'').Replace("␤", "end of line", StringComparison.Ordinal),
        };

        bool Starts(string text) => message.StartsWith(text, StringComparison.Ordinal);
        bool Ends(string text) => message.EndsWith(text, StringComparison.Ordinal);
        bool Has(string text) => message.Contains(text, StringComparison.Ordinal);
    }

    private static bool IsAboutKey(string message) =>
        message.StartsWith("Expecting `=`", StringComparison.Ordinal)
        || message.StartsWith("Unexpected token [", StringComparison.Ordinal)
        || message.EndsWith("for a base key", StringComparison.Ordinal);

    private static bool IsAboutValue(string message) =>
        message.EndsWith("for a value", StringComparison.Ordinal)
        || message.EndsWith("while expecting token `newline`", StringComparison.Ordinal);

    private static string Unquoted(string value) =>
        value.ToLowerInvariant() is "true" or "false" ? $"write {value.ToLowerInvariant()} in lower case"
        : value.ToLowerInvariant() is "yes" or "on" ? "write true"
        : value.ToLowerInvariant() is "no" or "off" ? "write false"
        : $"write a value that is neither a number nor true or false in quotes: \"{value}\"";

    private static string Readable(string found) => found switch
    {
        "" => "the end of the file",
        _ when found.StartsWith('␤') || found.StartsWith('␍') => "the end of the line",
        ['"' or '\'', ..] when found.Length == 1 || found.Contains('␤', StringComparison.Ordinal) => "a quote",
        _ => $"'{found.Replace('␤', ' ').Trim()}'",
    };

    // The part in backquotes or, in some messages, in brackets.
    [GeneratedRegex(
        @"(?:token found |token |instead of )[`\[]?(.*?)[`\]]?(?: \(token:.*| while .*| for a .*| found|\. Expecting.*|)$",
        RegexOptions.Singleline)]
    private static partial Regex Found();

    // A key as an administrator would write it without knowing that TOML wants quotes: 7/udp, [::]:7, @demo, /run/x.sock. The pattern finds
    // the first character that needs them in one way only; otherwise a line without '=' would be tried in as many ways as it has such
    // characters.
    [GeneratedRegex(@"^\s*([A-Za-z0-9_.-]*[^\sA-Za-z0-9_.""'=#{}-][^\s""'=#{}]*)\s*=")]
    private static partial Regex UnquotedKey();

    // A single word after '=', such as echo, 30s, /run/x, 10.0.0.0/8 or True, and not a number.
    [GeneratedRegex(@"^[^#""'={}]*=\s*(?![+-]?[0-9_]+\s*(?:#|$))([^\s""'\[\]{},#=]+)\s*(?:#.*)?$")]
    private static partial Regex UnquotedValue();
}
