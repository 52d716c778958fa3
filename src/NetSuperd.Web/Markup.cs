using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace NetSuperd.Web;

/// <summary>
/// HTML as an interpolated string: what is written between the values is markup, and every value that is not markup itself is encoded. So
/// no text of a peer or of the map can become an element.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Markup
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _text;

    /// <summary>Nothing.</summary>
    public static Markup None => $"";

    /// <summary>How many characters it has.</summary>
    public int Length => _text.Length;

    /// <summary>JSON for a block of data: the serializer's encoder leaves no character that means something in HTML.</summary>
    public static Markup Json<T>(T value, JsonTypeInfo<T> type)
    {
        var markup = None;
        markup._text.Append(JsonSerializer.Serialize(value, type));
        return markup;
    }

    /// <summary>For the compiler.</summary>
    public Markup(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * 12));

    /// <summary>For the compiler: markup.</summary>
    public void AppendLiteral(string literal) => _text.Append(literal);

    /// <summary>For the compiler: a text, which is encoded.</summary>
    public void AppendFormatted(string? text) => _text.Append(Encoder.Encode(text ?? ""));

    /// <summary>For the compiler: a number.</summary>
    public void AppendFormatted(long number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>For the compiler: a time, as ISO 8601 has it.</summary>
    public void AppendFormatted(DateTimeOffset time) =>
        _text.Append(time.UtcDateTime.ToString("s", CultureInfo.InvariantCulture)).Append('Z');

    /// <summary>For the compiler: markup.</summary>
    public void AppendFormatted(Markup part) => _text.Append(part._text);

    /// <summary>For the compiler: markup, one part after the other.</summary>
    public void AppendFormatted(IEnumerable<Markup> parts)
    {
        foreach (var part in parts)
        {
            _text.Append(part._text);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_text}";
}
