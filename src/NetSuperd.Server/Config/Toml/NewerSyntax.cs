using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// Warns of syntax that only TOML 1.1 has: the daemon reads it, the administrator's editor and other tools call it an error.
/// </summary>
internal static partial class NewerSyntax
{
    /// <summary>Adds the warnings for a file.</summary>
    public static void Report(SourceText source, DocumentSyntax document, Problems problems)
    {
        Check(document.KeyValues);
        foreach (var table in document.Tables)
        {
            Check(table.Items);
        }

        void Check(IEnumerable<KeyValueSyntax> items)
        {
            foreach (var item in items)
            {
                Inspect(item.Value!);
            }
        }

        void Inspect(ValueSyntax value)
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
                    InspectTable(table);
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

        void InspectTable(InlineTableSyntax table)
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
    }

    // An even number of backslashes before is text.
    [GeneratedRegex(@"(?<!\\)(?:\\\\)*\\[ex]")]
    private static partial Regex NewEscape();
}
