namespace NetSuperd.Server.Config;

/// <summary>A text that configuration was read from.</summary>
/// <param name="Name">The file as the administrator named it, or an argument such as <c>--port 7=echo</c>.</param>
/// <param name="Text">What it says.</param>
public sealed record SourceText(string Name, string Text)
{
    private string[]? _lines;

    /// <summary>A line by its number, from 1, without its end; empty where there is none.</summary>
    public string Line(int number)
    {
        _lines ??= Text.ReplaceLineEndings("\n").Split('\n');
        return number >= 1 && number <= _lines.Length ? _lines[number - 1] : "";
    }
}
