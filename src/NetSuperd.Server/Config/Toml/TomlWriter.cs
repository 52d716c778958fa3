using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>Values in the notation of TOML 1.0.</summary>
internal static partial class TomlWriter
{
    /// <summary>A key, quoted where it must be.</summary>
    public static string Key(string key) => BareKey().IsMatch(key) ? key : Text(key);

    /// <summary>A basic string; characters that <see cref="PlainText"/> does not allow are escaped.</summary>
    public static string Text(string text)
    {
        var written = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => written.Append('\\').Append((char)rune.Value),
                '\n' => written.Append("\\n"),
                '\r' => written.Append("\\r"),
                '\t' => written.Append("\\t"),
                _ when PlainText.IsPlain(rune) => written.Append(rune),
                <= char.MaxValue => written.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => written.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        return written.Append('"').ToString();
    }

    /// <summary>An array in one line.</summary>
    public static string Array(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

    /// <summary>An inline table in one line.</summary>
    public static string Table(IEnumerable<(string Key, string Value)> entries)
    {
        var inner = string.Join(", ", entries.Select(entry => $"{Key(entry.Key)} = {entry.Value}"));
        return inner.Length == 0 ? "{}" : $"{{ {inner} }}";
    }

    /// <summary>Any value that <see cref="Settings"/> holds.</summary>
    public static string Value(object value) => value switch
    {
        string text => Text(text),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        bool truth => truth ? "true" : "false",
        Settings table => Table(table.Values.Select(pair => (pair.Key, Value(pair.Value.Value)))),
        IEnumerable<object> items => Array(items.Select(Value)),
        _ => throw new InvalidOperationException($"no TOML for {value.GetType()}"),
    };

    /// <summary>A value of a tree, in one line.</summary>
    public static string Node(Node node) => node switch
    {
        ScalarNode scalar => Value(scalar.Value),
        ArrayNode array => Array(array.Items.Select(Node)),
        TableNode table => Table(table.Entries.Select(entry => (entry.Key, Node(entry.Value)))),
        _ => throw new InvalidOperationException($"no TOML for {node.Noun}"),
    };

    private static string Number(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        // A float gets a point or an exponent; otherwise it would be read back as an integer.
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex BareKey();
}
