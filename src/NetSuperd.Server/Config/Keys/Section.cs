using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>
/// A table of the map that is read by its keys. What a table does not say, the table of defaults behind it says, and last the key.
/// </summary>
/// <param name="table">The table; null: everything is absent.</param>
/// <param name="name">Its name in messages.</param>
/// <param name="reading">What reading needs.</param>
/// <param name="defaults">The table behind it.</param>
internal sealed class Section<TRecord>(TableNode? table, string name, Reading reading, Section<TRecord>? defaults = null)
{
    private readonly Dictionary<string, Outcome> _read = [];

    /// <summary>The entry of a key in this table itself.</summary>
    public Entry? Find(string key) => table?.Find(key);

    /// <summary>Where a value stands that was got: here, or in the defaults.</summary>
    public Position? At(Key<TRecord> key) => Node(key)?.At;

    /// <summary>A value that was got, as it is written here or in the defaults.</summary>
    public Node? Node(Key<TRecord> key) => Find(key.Name)?.Value ?? defaults?.Node(key);

    /// <summary>
    /// Reads everything in the table, so that each problem is found whatever is made of the values: keys that are not in the list are
    /// unknown, and <paramref name="misfit"/> says why one is wrong that does not fit <paramref name="scope"/>.
    /// </summary>
    public void Read(IReadOnlyList<Key<TRecord>> keys, Scope scope, Func<Key<TRecord>, string> misfit)
    {
        foreach (var entry in table?.Entries ?? [])
        {
            if (keys.FirstOrDefault(key => key.Name == entry.Key) is not { } known)
            {
                reading.Problems.Error(entry.KeyAt, Unknown.Key(entry, name, keys.Select(key => key.Name)));
            }
            else if ((known.Scope & scope) == 0)
            {
                reading.Problems.Error(entry.KeyAt, misfit(known));
                _read[entry.Key] = new Outcome(false, null);
            }
            else if (!_read.ContainsKey(entry.Key))
            {
                _read[entry.Key] = new Outcome(known.TryRead(entry.Value, reading, out var value), value);
            }
        }
    }

    /// <summary>Gets a value that is there and sound, here or in the defaults.</summary>
    public bool TryGet<T>(Key<TRecord, T> key, out T value)
        where T : notnull
    {
        if (Find(key.Name) is not { } entry)
        {
            value = default!;
            return defaults is not null && defaults.TryGet(key, out value);
        }

        if (!_read.TryGetValue(key.Name, out var known))
        {
            known = new Outcome(key.TryRead(entry.Value, reading, out var read), read);
            _read[key.Name] = known;
        }

        value = known.Sound ? (T)known.Value! : default!;
        return known.Sound;
    }

    /// <summary>Whether the key is absent here or its value is sound.</summary>
    public bool IsSound<T>(Key<TRecord, T> key)
        where T : notnull => Find(key.Name) is null || TryGet(key, out _);

    /// <summary>Gets a value, the key's default where it is absent or wrong.</summary>
    public T Get<T>(Key<TRecord, T> key)
        where T : notnull => TryGet(key, out var value) ? value : key.Default!;

    /// <summary>Gets a value, null where it is absent or wrong.</summary>
    public T? GetOrNull<T>(Key<TRecord, T> key)
        where T : struct => TryGet(key, out var value) ? value : null;

    // A class: collections of structs are not in the precompiled code, and compiling them at the start takes longer than reading the map.
    private sealed record Outcome(bool Sound, object? Value);
}
