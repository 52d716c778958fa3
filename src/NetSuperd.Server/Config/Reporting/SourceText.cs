using System.Runtime.CompilerServices;

namespace NetSuperd.Server.Config.Reporting;

/// <summary>A text that configuration was read from.</summary>
/// <param name="Name">The file as the administrator named it, or an argument such as <c>--port 7=echo</c>.</param>
/// <param name="Text">What it says.</param>
public sealed record SourceText(string Name, string Text)
{
    private string[]? _lines;

    /// <summary>
    /// Whether it is the same reading. A position is a part of ports and services, and comparing those must not compare whole files.
    /// </summary>
    public bool Equals(SourceText? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>A line by its number, from 1, without its end; empty where there is none.</summary>
    public string Line(int number)
    {
        // TOML ends lines with LF or CRLF only: what else Unicode calls a line end stays inside the line.
        _lines ??= Text.Split('\n');
        return number >= 1 && number <= _lines.Length ? _lines[number - 1].TrimEnd('\r') : "";
    }
}
