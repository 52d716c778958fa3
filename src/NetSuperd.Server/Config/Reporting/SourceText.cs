using System.Runtime.CompilerServices;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>A text from which configuration was read.</summary>
/// <param name="Name">The file as the administrator named it, or an argument such as <c>--port 7=echo</c>.</param>
/// <param name="Text">Its content.</param>
public sealed record SourceText(string Name, string Text)
{
    private string[]? _lines;

    /// <summary>Compares identity: positions are parts of ports and services, and comparing those must not compare whole files.</summary>
    public bool Equals(SourceText? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>A line by its number, from 1, without its end; empty where there is none.</summary>
    public string Line(int number)
    {
        // Only LF and CRLF end a line in TOML: other line ends of Unicode stay inside the line.
        _lines ??= Text.Split('\n');
        return number >= 1 && number <= _lines.Length ? _lines[number - 1].TrimEnd('\r') : "";
    }
}
