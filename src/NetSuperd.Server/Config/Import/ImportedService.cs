using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>
/// A service of an imported file: the keys of its table, and its sockets. Every value knows where it stands in that file.
/// </summary>
/// <param name="name">The name in that file, with any characters.</param>
/// <param name="at">Where it stands there.</param>
internal sealed class ImportedService(string name, Position at)
{
    private static readonly Dictionary<string, int> Order =
        ServiceKeys.All.Select((key, index) => (key.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index);

    private readonly List<Entry> _keys = [];
    private string? _text;

    /// <summary>The name in the map.</summary>
    public string Name { get; set; } = NameFor(name);

    /// <summary>Where the service stands.</summary>
    public Position At { get; } = at;

    /// <summary>Its sockets.</summary>
    public List<ImportedSocket> Sockets { get; } = [];

    /// <summary>What a comment beside the service says: why it is disabled.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>The name by which the access rules of hosts_access(5) know its program; null: they do not hold for it.</summary>
    public Word? Wrapped { get; set; }

    /// <summary>Whether the imported file names tcpd(8) as the program: so its author wanted these rules.</summary>
    public bool NamesTcpd { get; set; }

    /// <summary>Whether the service is disabled.</summary>
    public bool IsOff => Find(ServiceKeys.Enabled) is not null;

    /// <summary>The handler; null: a program.</summary>
    public string? Handler => (Find(ServiceKeys.Handler)?.Value as ScalarNode)?.Value as string;

    /// <summary>
    /// Whether the service needs a table: <c>[ports]</c> alone names a handler, if the service is called like it and has no other key.
    /// </summary>
    public bool NeedsTable => !(_keys.Count == 1 && Handler == Name) || Sockets.Count == 0;

    /// <summary>The keys, in the order of the key table.</summary>
    public IEnumerable<Entry> Keys => _keys.OrderBy(entry => Order[entry.Key]);

    /// <summary>The keys in TOML: services with the same text are one.</summary>
    public string Text => _text ??= string.Join('\n', Keys.Select(entry => $"{entry.Key} = {TomlWriter.Node(entry.Value)}"));

    /// <summary>A name of the map that is like a name of another program.</summary>
    public static string NameFor(string name)
    {
        var plain = string.Concat(name.Trim('/').Select(letter => ServiceName.IsValid($"{letter}") ? letter : '-')).Trim('-', '.');
        return plain.Length == 0 ? "service" : plain.Length > 64 ? plain[..64] : plain;
    }

    /// <summary>The value of a key; null: the service does not have it.</summary>
    public Entry? Find(Key<Service> key) => _keys.Find(entry => entry.Key == key.Name);

    /// <summary>Sets a key: to a string, a number, true or false, an array of strings, or a table of these.</summary>
    public void Set(Key<Service> key, object value, Position at)
    {
        Remove(key);
        _keys.Add(new Entry(key.Name, at, NodeOf(value, at)));
    }

    /// <summary>Sets a key of a table such as <c>limits</c> or <c>settings</c>.</summary>
    public void Set(Key<Service> key, string inner, object value, Position at)
    {
        var table = new TableNode(at, TableOrigin.Inline);
        foreach (var entry in (Find(key)?.Value as TableNode)?.Entries.Where(entry => entry.Key != inner) ?? [])
        {
            table.Add(entry);
        }

        table.Add(new Entry(inner, at, NodeOf(value, at)));
        Set(key, table, at);
    }

    /// <summary>Removes a key.</summary>
    public void Remove(Key<Service> key)
    {
        _keys.RemoveAll(entry => entry.Key == key.Name);
        _text = null;
    }

    /// <summary>Disables the service.</summary>
    public void Disable(Position at) => Set(ServiceKeys.Enabled, false, at);

    /// <summary>Whether a position of the imported file is that of the service or of one of its values.</summary>
    public bool Contains(Position at) =>
        At == at || Sockets.Exists(socket => socket.At == at || socket.Options.Exists(option => Contains(option, at)))
        || _keys.Exists(entry => Contains(entry, at));

    /// <summary>Drops a value, of the service or of one of its sockets.</summary>
    /// <param name="at">A position in it.</param>
    /// <param name="keys">The keys that the service can do without.</param>
    /// <returns>The key; null: none of these keys has a value there.</returns>
    public string? Drop(Position at, IReadOnlySet<string> keys)
    {
        var lists = Sockets.Select(socket => socket.Options).Prepend(_keys);
        var found = lists.SelectMany(list => list).FirstOrDefault(entry => keys.Contains(entry.Key) && Contains(entry, at));
        if (found is not null)
        {
            _text = null;
            foreach (var list in lists)
            {
                list.RemoveAll(entry => entry.Key == found.Key && Contains(entry, at));
            }
        }

        return found?.Key;
    }

    /// <summary>Drops the socket at a position, if the service has others.</summary>
    /// <returns>The socket; null: there is none, or no other.</returns>
    public ImportedSocket? DropSocket(Position at)
    {
        var socket = Sockets.Count < 2 || at == At ? null
            : Sockets.Find(one => one.At == at || one.Options.Exists(option => Contains(option, at)));
        Sockets.RemoveAll(one => one == socket);
        return socket;
    }

    /// <summary>The table of the service.</summary>
    public TableNode ToTable()
    {
        var table = new TableNode(At, TableOrigin.Header);
        foreach (var entry in Keys)
        {
            table.Add(entry);
        }

        return table;
    }

    private static bool Contains(Entry entry, Position at) => entry.KeyAt == at || Contains(entry.Value, at);

    private static bool Contains(Node node, Position at) => node.At == at || node switch
    {
        ArrayNode array => array.Items.Exists(item => Contains(item, at)),
        TableNode table => table.Entries.Any(entry => Contains(entry, at)),
        _ => false,
    };

    /// <summary>The value of a key in the tree of a map.</summary>
    public static Node NodeOf(object value, Position at) => value switch
    {
        Node node => node,
        int number => new ScalarNode((long)number, at),
        string or long or bool => new ScalarNode(value, at),
        IEnumerable<Word> words => new ArrayNode([.. words.Select(word => new ScalarNode(word.Text, word.At))], OfTables: false, at),
        IEnumerable<string> items => new ArrayNode([.. items.Select(item => new ScalarNode(item, at))], OfTables: false, at),
        _ => throw new InvalidOperationException($"no value of a map is a {value.GetType()}"),
    };
}
