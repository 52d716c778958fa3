using NetSuperd.Server.Config.Reporting;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>Converts Tomlyn's spans to positions.</summary>
internal static class TomlPosition
{
    /// <summary>
    /// The position of a span. Tomlyn counts lines and columns from 0, and the end belongs to the span; the part beyond the first line is
    /// cut.
    /// </summary>
    public static Position From(SourceText source, SourceSpan span)
    {
        var length = span.End.Line == span.Start.Line
            ? span.End.Column - span.Start.Column + 1
            : source.Line(span.Start.Line + 1).EnumerateRunes().Count() - span.Start.Column;
        return new Position(source, span.Start.Line + 1, span.Start.Column + 1, Math.Max(1, length));
    }
}
