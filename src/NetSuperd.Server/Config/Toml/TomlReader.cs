using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>Reads a text as TOML.</summary>
internal static class TomlReader
{
    /// <summary>The table of the text; null where its syntax is wrong, because what a torn file seems to say is not worth complaints.</summary>
    public static TableNode? Read(SourceText source, Problems problems)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(source.Text, source.Name, validate: false);
        }
        catch (TomlException)
        {
            // The one thing that the tolerant parser throws for: nesting deeper than 64 levels. It has no place.
            problems.Error(new Position(source), "arrays or tables are nested too deeply");
            return null;
        }

        if (document.HasErrors)
        {
            Report(source, document.Diagnostics, problems);
            return null;
        }

        NewerSyntax.Report(source, document, problems);
        return new TreeBuilder(source, problems).Build(document);
    }

    /// <summary>
    /// One error per line, the first: the parser stumbles on over the rest of a line that it did not understand, and after an unclosed
    /// bracket over the next line as well.
    /// </summary>
    private static void Report(SourceText source, DiagnosticsBag diagnostics, Problems problems)
    {
        var heard = -1;
        foreach (var diagnostic in diagnostics.OrderBy(diagnostic => diagnostic.Span.Start.Line).ThenBy(diagnostic => diagnostic.Span.Start.Column))
        {
            var line = diagnostic.Span.Start.Line;
            if (line <= heard)
            {
                continue;
            }

            heard = SyntaxWording.EndsInsideHeader(diagnostic.Message) ? line + 1 : line;
            var at = Place.Of(source, diagnostic.Span);
            problems.Error(at, SyntaxWording.For(diagnostic.Message, source.Line(at.Line)));
        }
    }
}
