using NetSuperd.Commands;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Top;

/// <summary>What the operator types into the last line.</summary>
/// <param name="Prompt">What stands before it.</param>
/// <param name="Text">The text so far.</param>
/// <param name="Kind">What it is for.</param>
internal sealed record TypedText(string Prompt, string Text, TypedText.Use Kind)
{
    /// <summary>What a text is for.</summary>
    public enum Use
    {
        Filter,
        Explanation,
        Abort,
    }

    /// <summary>The connection that a yes aborts.</summary>
    public long Id { get; init; }

    /// <summary>The socket of an explanation, unless another is typed; null: one has to be typed.</summary>
    public string? Socket { get; init; }

    /// <summary>The line with the cursor. Where there is no room for all of it, its beginning goes.</summary>
    public string Line(int cells)
    {
        var line = $"{Prompt}{PlainText.Of(Text)}_";
        var left = LineRoom.CellsOf(line);
        foreach (var rune in line.EnumerateRunes())
        {
            if (left <= cells)
            {
                break;
            }

            left -= LineRoom.CellsOf($"{rune}");
            line = line[rune.Utf16SequenceLength..];
        }

        return line;
    }

    /// <summary>The text after a key.</summary>
    public TypedText After(TypedKey key) => this with
    {
        Text = key switch
        {
            { Key: KeyName.Erase } => "",
            { Key: KeyName.Backspace } => Text.Length == 0 ? "" : Text[..^(Text.Length > 1 && char.IsLowSurrogate(Text[^1]) ? 2 : 1)],
            _ => Text + key.Text,
        },
    };
}
