using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>
/// A table of the map, read by its keys. A value that is absent comes from the table of defaults behind it, or else from the key.
/// </summary>
/// <param name="table">The table; null: all keys are absent.</param>
/// <param name="name">Its name in messages.</param>
/// <param name="reading">The context of the reading.</param>
/// <param name="defaults">The table behind it.</param>
internal sealed class Section<TRecord>(TableNode? table, string name, Reading reading, Section<TRecord>? defaults = null)
{
    // The table of the map whose keys these are.
    private static readonly string Keys = typeof(TRecord) == typeof(Service) ? MapKeys.Services
        : typeof(TRecord) == typeof(Port) ? MapKeys.Ports
        : typeof(TRecord) == typeof(LogSection) ? MapKeys.Log
        : MapKeys.Daemon;

    private readonly Dictionary<string, Outcome> _read = [];

    /// <summary>The keys that this table itself has.</summary>
    public IReadOnlyList<string> Written => [.. (table?.Entries ?? []).Select(entry => entry.Key)];

    /// <summary>The entry of a key in this table itself.</summary>
    public Entry? Find(string key) => table?.Find(key);

    /// <summary>The position of a value: here, or in the defaults.</summary>
    public Position? At(Key<TRecord> key) => Node(key)?.At;

    /// <summary>A value as written, here or in the defaults.</summary>
    public Node? Node(Key<TRecord> key) => Find(key.Name)?.Value ?? defaults?.Node(key);

    /// <summary>
    /// Reads everything in the table, so that each problem is found, whichever values are used later. Keys that are not in the list are
    /// unknown, and some are absent from this system; <paramref name="misfit"/> says why a key does not fit <paramref name="scope"/>.
    /// </summary>
    public void Read(IReadOnlyList<Key<TRecord>> keys, Scope scope, Func<Key<TRecord>, string> misfit)
    {
        foreach (var entry in table?.Entries ?? [])
        {
            if (keys.FirstOrDefault(key => key.Name == entry.Key) is not { } known)
            {
                reading.Problems.Error(entry.KeyAt, UnknownKey.Message(
                    entry, name, keys.Select(key => key.Name).Where(key => !reading.Absent.ContainsKey($"{Keys}.{key}"))));
            }
            else if (reading.Absent.TryGetValue($"{Keys}.{known.Name}", out var reason))
            {
                reading.Problems.Error(entry.KeyAt, $"'{known.Name}' is not for this system: {reason}");
                _read[entry.Key] = new Outcome(false, null);
            }
            else if (entry.Value is ScalarNode { Value: string word }
                && reading.Absent.TryGetValue($"{Keys}.{known.Name}.{word}", out var why))
            {
                reading.Problems.Error(entry.Value.At, $"{known.Name} = \"{word}\" is not for this system: {why}");
                _read[entry.Key] = new Outcome(false, null);
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

    /// <summary>Gets a value that is present and valid, here or in the defaults.</summary>
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

    /// <summary>Whether the key is absent here or its value is valid.</summary>
    public bool IsSound<T>(Key<TRecord, T> key)
        where T : notnull => Find(key.Name) is null || TryGet(key, out _);

    /// <summary>Gets a value, the key's default where it is absent or wrong.</summary>
    public T Get<T>(Key<TRecord, T> key)
        where T : notnull => TryGet(key, out var value) ? value : key.Default!;

    /// <summary>Gets a value, null where it is absent or wrong.</summary>
    public T? GetOrNull<T>(Key<TRecord, T> key)
        where T : struct => TryGet(key, out var value) ? value : null;

    // This is a class because collections of structs are not in the precompiled code, and compiling them at start takes longer than reading
    // the map.
    private sealed record Outcome(bool Sound, object? Value);
}
