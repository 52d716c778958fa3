using NetSuperd.Server.Config.Reporting;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>Reads a text as TOML.</summary>
internal static class TomlReader
{
    // Each of these costs another parse of the file, so a large file gets fewer.
    private const int MostOpenStrings = 16;
    private const int MostReadAgain = 1 << 20;

    /// <summary>
    /// The table of the text; null where its syntax is wrong, because problems of a torn file's apparent content would be misleading.
    /// </summary>
    public static TableNode? Read(SourceText source, Problems problems)
    {
        if (!TextBounds.Hold(source, problems))
        {
            return null;
        }

        // The tolerant parser throws only for nesting deeper than 64 levels.
        var document = Parse(source.Text, source.Name);
        if (document.HasErrors)
        {
            Report(source, document, problems);
            return null;
        }

        new NewerSyntax(source, problems).Report(document);
        return new TreeBuilder(source, problems).Build(document);
    }

    // Tomlyn 2.10.2 throws ArgumentOutOfRangeException for a file that ends with a backslash in a string; before a line end it does not.
    private static DocumentSyntax Parse(string text, string name) =>
        SyntaxParser.Parse(text.EndsWith('\n') ? text : text + '\n', name, validate: false);

    /// <summary>
    /// Only the first error of each line: after an error the parser reports more for the rest of the line, and after an unclosed bracket
    /// for the next line as well.
    /// </summary>
    private static void Report(SourceText source, DocumentSyntax document, Problems problems)
    {
        var heard = -1;
        foreach (var diagnostic in InOrder(WithoutOpenStrings(source, document, problems)))
        {
            var line = diagnostic.Span.Start.Line;
            if (line <= heard)
            {
                continue;
            }

            heard = SyntaxWording.EndsInsideHeader(diagnostic.Message) ? line + 1 : line;
            var at = SyntaxWording.IsEndlessString(diagnostic.Message) ? LastOpening(source) : TomlPosition.From(source, diagnostic.Span);
            problems.Error(at, SyntaxWording.For(diagnostic.Message, source.Line(at.Line)));
        }
    }

    /// <summary>
    /// Reports the strings that are not closed on their line, and the errors of the text without those lines: the parser takes such a
    /// string to last up to the next quote, and reads everything behind it inside out.
    /// </summary>
    private static IEnumerable<DiagnosticMessage> WithoutOpenStrings(SourceText source, DocumentSyntax document, Problems problems)
    {
        var lines = source.Text.Split('\n');
        var rounds = Math.Clamp(MostReadAgain / source.Text.Length, 1, MostOpenStrings);
        for (var round = 0; round < rounds; round++)
        {
            if (InOrder(document.Diagnostics).FirstOrDefault(diagnostic => SyntaxWording.IsOpenString(diagnostic.Message)) is not { } open)
            {
                break;
            }

            problems.Error(TomlPosition.From(source, open.Span), SyntaxWording.For(open.Message, ""));
            lines[open.Span.Start.Line] = "";
            document = Parse(string.Join('\n', lines), source.Name);
        }

        return document.Diagnostics.Where(diagnostic =>
            !SyntaxWording.IsOpenString(diagnostic.Message) && !SyntaxWording.IsEcho(diagnostic.Message));
    }

    private static IEnumerable<DiagnosticMessage> InOrder(IEnumerable<DiagnosticMessage> diagnostics) =>
        diagnostics.OrderBy(diagnostic => diagnostic.Span.Start.Line).ThenBy(diagnostic => diagnostic.Span.Start.Column);

    // The parser names the end of the file; the last quotes are the unclosed ones.
    private static Position LastOpening(SourceText source)
    {
        var quotes = Math.Max(
            source.Text.LastIndexOf("\"\"\"", StringComparison.Ordinal),
            source.Text.LastIndexOf("'''", StringComparison.Ordinal));
        var before = source.Text.AsSpan(0, Math.Max(0, quotes));
        var line = before[(before.LastIndexOf('\n') + 1)..];
        return new Position(source, before.Count('\n') + 1, line.ToString().EnumerateRunes().Count() + 1, Length: 3);
    }
}
