using System.Runtime.CompilerServices;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>A text from which configuration was read.</summary>
/// <param name="Name">The file as the administrator named it, or an argument such as <c>--port 7=echo</c>.</param>
/// <param name="Text">Its content.</param>
public sealed record SourceText(string Name, string Text)
{
    private string[]? _lines;

    /// <summary>Whether the file is UTF-8; a file of another program that is not is taken for Latin-1.</summary>
    public bool IsUtf8 { get; init; } = true;

    /// <summary>How many lines there are; an end of line at the end of the file begins no other.</summary>
    public int LineCount => Lines.Length - (Text.EndsWith('\n') || Text.Length == 0 ? 1 : 0);

    // Only LF and CRLF end a line in TOML: other line ends of Unicode stay inside the line.
    private string[] Lines => _lines ??= Text.Split('\n');

    /// <summary>Compares identity: positions are parts of ports and services, and comparing those must not compare whole files.</summary>
    public bool Equals(SourceText? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>A line by its number, from 1, without its end; empty where there is none.</summary>
    public string Line(int number)
    {
        var lines = Lines;
        return number >= 1 && number <= lines.Length ? lines[number - 1].TrimEnd('\r') : "";
    }
}
