using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// Warns of syntax that only TOML 1.1 has: the daemon reads it, the administrator's editor and other tools call it an error.
/// </summary>
/// <param name="source">The file.</param>
/// <param name="problems">Receives the warnings.</param>
internal sealed partial class NewerSyntax(SourceText source, Problems problems)
{
    /// <summary>Adds the warnings for the file.</summary>
    public void Report(DocumentSyntax document)
    {
        Check(document.KeyValues);
        foreach (var table in document.Tables)
        {
            Check(table.Items);
        }
    }

    private void Check(IEnumerable<KeyValueSyntax> items)
    {
        foreach (var item in items)
        {
            Inspect(item.Value!);
        }
    }

    private void Inspect(ValueSyntax value)
    {
        switch (value)
        {
            case ArraySyntax array:
                foreach (var item in array.Items)
                {
                    Inspect(item.Value!);
                }

                break;
            case InlineTableSyntax table:
                Inspect(table);
                Check(table.Items.Select(item => item.KeyValue!));
                break;
            case StringValueSyntax { Token: { TokenKind: TokenKind.String or TokenKind.StringMulti, Text: { } text } }
                when NewEscape().IsMatch(text):
                problems.Warning(
                    TomlPosition.From(source, value.Span),
                    "the escapes \\e and \\x are TOML 1.1, which other tools may reject; write \\u001b");
                break;
        }
    }

    private void Inspect(InlineTableSyntax table)
    {
        var line = table.OpenBrace!.Span.Start.Line;
        InlineTableItemSyntax? last = null;
        var broken = false;
        foreach (var item in table.Items)
        {
            broken |= item.Span.Start.Line != line;
            line = item.Span.End.Line;
            last = item;
        }

        if (broken || table.CloseBrace!.Span.Start.Line != line)
        {
            problems.Warning(
                TomlPosition.From(source, table.Span),
                "an inline table over several lines is TOML 1.1, which other tools may reject; write it in one line or as [a.table]");
        }
        else if (last?.Comma is { } comma)
        {
            problems.Warning(
                TomlPosition.From(source, comma.Span),
                "a comma at the end of an inline table is TOML 1.1, which other tools may reject");
        }
    }

    // An even number of backslashes before is text.
    [GeneratedRegex(@"(?<!\\)(?:\\\\)*\\[ex]")]
    private static partial Regex NewEscape();
}
