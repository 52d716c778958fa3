using NetSuperd.Server.Config.Reporting;
using Tomlyn.Syntax;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// Turns a syntax tree into tables. Every spelling of a table gives the same result; a key or table defined twice is a problem that names
/// both positions, and the first one stays.
/// </summary>
/// <remarks>
/// Tomlyn's own check of double definitions reports wrong positions, and is wrong in arrays of tables; after the check here, the rest of
/// the file can still be bound. The rules are those of TOML 1.0 "Keys" and "Table": a header may pass through what dotted keys made but not
/// open it again, dotted keys extend only what dotted keys below the same header made, and nothing extends an inline table.
/// </remarks>
internal sealed class TreeBuilder(SourceText source, Problems problems)
{
    /// <summary>The table of the whole file.</summary>
    public TableNode Build(DocumentSyntax document)
    {
        var root = new TableNode(new Position(source), TableOrigin.Header);
        AddItems(root, document.KeyValues);
        foreach (var header in document.Tables)
        {
            // The lines of a header that is refused are still read, into a table that is not used.
            var table = Open(root, header) ?? new TableNode(At(header.Name!.Span), TableOrigin.Header);
            AddItems(table, header.Items);
        }

        return root;
    }

    private static IEnumerable<BareKeyOrStringValueSyntax> Parts(KeySyntax key) =>
        key.DotKeys.Select(dotted => dotted.Key!).Prepend(key.Key!);

    private static string Text(BareKeyOrStringValueSyntax part) =>
        part is StringValueSyntax text ? text.Value ?? "" : ((BareKeySyntax)part).Key?.Text ?? "";

    private Position At(SourceSpan span) => TomlPosition.From(source, span);

    private void AddItems(TableNode table, IEnumerable<KeyValueSyntax> items)
    {
        foreach (var item in items)
        {
            Add(table, item);
        }
    }

    private void Add(TableNode table, KeyValueSyntax item)
    {
        var parts = Parts(item.Key!).ToList();
        foreach (var part in parts[..^1])
        {
            var key = Text(part);
            if (table.Find(key) is not { } known)
            {
                var made = new TableNode(At(part.Span), TableOrigin.Dotted);
                table.Add(new Entry(key, made.At, made));
                table = made;
            }
            else if (known.Value is TableNode { Origin: TableOrigin.Dotted } inner)
            {
                // It was made below this same header, because no other header can open what dotted keys made.
                table = inner;
            }
            else
            {
                Twice(part, known);
                return;
            }
        }

        var last = parts[^1];
        var entry = new Entry(Text(last), At(last.Span), Convert(item.Value!));
        if (!table.Add(entry))
        {
            Twice(last, table.Find(entry.Key)!);
        }
    }

    private TableNode? Open(TableNode table, TableSyntaxBase header)
    {
        var parts = Parts(header.Name!).ToList();
        foreach (var part in parts[..^1])
        {
            var known = table.Find(Text(part));
            if (known is null)
            {
                known = new Entry(Text(part), At(part.Span), new TableNode(At(part.Span), TableOrigin.Implied));
                table.Add(known);
            }

            switch (known.Value)
            {
                case TableNode { Origin: not TableOrigin.Inline } inner:
                    table = inner;
                    break;
                case ArrayNode { OfTables: true } array:
                    table = (TableNode)array.Items[^1];
                    break;
                default:
                    Twice(part, known);
                    return null;
            }
        }

        return header is TableArraySyntax ? OpenItem(table, parts[^1]) : OpenTable(table, parts[^1]);
    }

    private TableNode? OpenTable(TableNode table, BareKeyOrStringValueSyntax last)
    {
        var opened = new TableNode(At(last.Span), TableOrigin.Header);
        if (table.Find(Text(last)) is not { } known)
        {
            table.Add(new Entry(Text(last), opened.At, opened));
            return opened;
        }

        if (known.Value is TableNode { Origin: TableOrigin.Implied } implied)
        {
            implied.Origin = TableOrigin.Header;
            return implied;
        }

        Twice(last, known);
        return null;
    }

    private TableNode? OpenItem(TableNode table, BareKeyOrStringValueSyntax last)
    {
        var opened = new TableNode(At(last.Span), TableOrigin.Header);
        switch (table.Find(Text(last)))
        {
            case null:
                table.Add(new Entry(Text(last), opened.At, new ArrayNode([opened], OfTables: true, opened.At)));
                return opened;
            case { Value: ArrayNode { OfTables: true } array }:
                array.Items.Add(opened);
                return opened;
            case var known:
                Twice(last, known);
                return null;
        }
    }

    private Node Convert(ValueSyntax value) => value switch
    {
        StringValueSyntax text => new ScalarNode(text.Value ?? "", At(value.Span)),
        IntegerValueSyntax number => new ScalarNode(number.Value, At(value.Span)),
        FloatValueSyntax number => new ScalarNode(number.Value, At(value.Span)),
        BooleanValueSyntax truth => new ScalarNode(truth.Value, At(value.Span)),
        ArraySyntax array => new ArrayNode([.. array.Items.Select(item => Convert(item.Value!))], OfTables: false, At(value.Span)),
        InlineTableSyntax table => Convert(table),
        DateTimeValueSyntax time => new ScalarNode(time.Value, At(value.Span)),
        _ => throw new InvalidOperationException($"unknown TOML value {value.Kind}"),
    };

    private TableNode Convert(InlineTableSyntax inline)
    {
        var table = new TableNode(At(inline.Span), TableOrigin.Inline);
        AddItems(table, inline.Items.Select(item => item.KeyValue!));
        return table;
    }

    private void Twice(BareKeyOrStringValueSyntax key, Entry known) =>
        problems.Error(At(key.Span), $"'{Text(key)}' is defined twice; the first is at {known.KeyAt}");
}
