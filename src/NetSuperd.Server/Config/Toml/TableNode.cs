using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>A table, its entries in the order of the file.</summary>
internal sealed record TableNode(Position At, TableOrigin Origin) : Node(At)
{
    private readonly Dictionary<string, Entry> _byKey = [];
    private readonly List<Entry> _entries = [];

    /// <inheritdoc/>
    public override string Noun => "a table";

    /// <summary>How the table came to be, which decides what may still be added to it.</summary>
    public TableOrigin Origin { get; set; } = Origin;

    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The entry of a key; null where it is absent.</summary>
    public Entry? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Adds an entry; false where the key exists already.</summary>
    public bool Add(Entry entry)
    {
        if (!_byKey.TryAdd(entry.Key, entry))
        {
            return false;
        }

        _entries.Add(entry);
        return true;
    }
}

/// <summary>How a table came to be.</summary>
internal enum TableOrigin
{
    /// <summary><c>[a]</c>, or the file itself.</summary>
    Header,

    /// <summary><c>[a.b]</c> made <c>a</c> on the way; a header <c>[a]</c> may still come.</summary>
    Implied,

    /// <summary><c>a.b = 1</c> made <c>a</c>.</summary>
    Dotted,

    /// <summary><c>a = { }</c>: closed.</summary>
    Inline,
}
