using System.Globalization;

namespace NetSuperd;

/// <summary>
/// The table <c>[services.NAME.settings]</c>: a read-only tree. It knows the position of each value, so that an error has file,
/// line and column, and the keys that were read, so that an unread key is an error of the map.
/// </summary>
/// <remarks>
/// Read the settings in the constructor of the handler, on one thread. A getter that does not accept a value throws
/// <see cref="SettingsException"/>.
/// </remarks>
public sealed class Settings
{
    private readonly IReadOnlyDictionary<string, Setting> _values;
    private readonly HashSet<string> _read = [];
    private readonly List<(string Path, SettingPosition? Position)> _files = [];
    private readonly List<(string Name, SettingPosition? Position)> _services = [];
    private readonly List<(string Name, SettingPosition? Position)> _shown = [];
    private readonly List<Settings> _items = [];

    internal Settings(IReadOnlyDictionary<string, Setting> values) => _values = values;

    /// <summary>Settings without any key.</summary>
    public static Settings Empty => new(new Dictionary<string, Setting>());

    /// <summary>The keys of this table, whether they were read or not.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>Creates settings without a map, for the tests of a handler.</summary>
    /// <param name="values">
    /// Values of the types <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="Settings"/>, and
    /// lists of these.
    /// </param>
    public static Settings Of(IReadOnlyDictionary<string, object> values) =>
        new(values.ToDictionary(pair => pair.Key, pair => new Setting(Widen(pair.Value), null)));

    /// <summary>Whether the table has the key. The key does not count as read.</summary>
    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>A string; <paramref name="absent"/> if the key is absent.</summary>
    public string GetString(string key, string absent = "") => Get<string>(key, "a string such as \"text\"") ?? absent;

    /// <summary>The absolute path of a file that the handler reads; empty if the key is absent.</summary>
    /// <remarks>
    /// The daemon checks the file as it checks its map: if root runs the daemon, a file that another user could change or replace, for
    /// example by a symbolic link to a file that only root may read, is an error of the map. It does not check that the file exists, or
    /// that the user of the service may read it.
    /// </remarks>
    public string GetFile(string key)
    {
        var path = GetString(key);
        if (path.Length > 0 && !Path.IsPathRooted(path))
        {
            throw Error(key, $"'{key}' must be an absolute path");
        }

        _files.Add((path, PositionOf(key)));
        return path;
    }

    /// <summary>
    /// Names a service to which the handler passes connections (<see cref="IServiceSwitch"/>). It is an error of the map if there is no
    /// such service, or if the service does not take connections.
    /// </summary>
    /// <param name="key">The key whose value has the name.</param>
    /// <param name="service">The name of the service.</param>
    public void NameService(string key, string service) => _services.Add((service, PositionOf(key)));

    /// <summary>
    /// Names a service whose state the handler shows (<see cref="IServerView.Services"/>). It is an error of the map if there is no such
    /// service.
    /// </summary>
    /// <param name="key">The key whose value has the name.</param>
    /// <param name="service">The name of the service.</param>
    public void ShowService(string key, string service) => _shown.Add((service, PositionOf(key)));

    /// <summary>True or false; <paramref name="absent"/> if the key is absent.</summary>
    public bool GetBoolean(string key, bool absent = false) => Find(key) is { } found ? Cast<bool>(key, found, "true or false") : absent;

    /// <summary>
    /// A whole number from <paramref name="least"/> to <paramref name="most"/>; <paramref name="absent"/> if the key is absent.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="least"/> is greater than <paramref name="most"/>.</exception>
    public long GetInteger(string key, long absent = 0, long least = long.MinValue, long most = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(least, most);
        if (Find(key) is not { } found)
        {
            return absent;
        }

        var value = Cast<long>(key, found, "a whole number");
        return value >= least && value <= most
            ? value
            : throw Error(key, string.Create(CultureInfo.InvariantCulture, $"'{key}' is {value}; it must be from {least} to {most}"));
    }

    /// <summary>A number, whole or not; <paramref name="absent"/> if the key is absent.</summary>
    public double GetNumber(string key, double absent = 0) =>
        Find(key) is not { } found ? absent : found.Value is long whole ? whole : Cast<double>(key, found, "a number");

    /// <summary>
    /// A duration such as <c>"30s"</c> (<c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c>, <c>d</c>); <paramref name="absent"/> if the key is
    /// absent.
    /// </summary>
    public TimeSpan GetDuration(string key, TimeSpan absent = default) =>
        Get<string>(key, Quantity.DurationHint) is not { } text ? absent
        : Quantity.TryParseDuration(text, out var value) ? value
        : throw Error(key, $"'{key}' must be {Quantity.DurationHint}");

    /// <summary>
    /// A size in bytes such as <c>"64KiB"</c> (<c>B</c>, <c>KiB</c>, <c>MiB</c>, <c>GiB</c>); <paramref name="absent"/> if the key is
    /// absent.
    /// </summary>
    public long GetSize(string key, long absent = 0) =>
        Get<string>(key, Quantity.SizeHint) is not { } text ? absent
        : Quantity.TryParseSize(text, out var value) ? value
        : throw Error(key, $"'{key}' must be {Quantity.SizeHint}");

    /// <summary>A list of strings; empty if the key is absent.</summary>
    public IReadOnlyList<string> GetStrings(string key)
    {
        var items = Get<IReadOnlyList<object>>(key, "an array of strings such as [\"a\", \"b\"]") ?? [];
        return items.All(item => item is string)
            ? [.. items.Cast<string>()]
            : throw Error(key, $"'{key}' must be an array of strings such as [\"a\", \"b\"]");
    }

    /// <summary>A table within this one; empty if the key is absent. The handler has to read the keys of that table too.</summary>
    public Settings GetTable(string key) => Get<Settings>(key, "a table") ?? Empty;

    /// <summary>The tables of an array, empty if the key is absent. The handler has to read the keys of those tables too.</summary>
    public IReadOnlyList<Settings> GetTables(string key) => [.. Items(key).Select(item => item.GetTable(item.Keys.Single()))];

    /// <summary>Creates an object from this table: a class or record of the plugin with one public constructor.</summary>
    /// <remarks>
    /// <para>
    /// The parameter <c>maxBytes</c> of the constructor and the property <c>MaxBytes</c> have the key <c>max_bytes</c>. A parameter without
    /// a default value is required, unless it may be null, and so is a property with <c>required</c>; other properties keep their value if
    /// the key is absent. Keys that have neither parameter nor property are errors of the map, unless the handler reads them.
    /// </para>
    /// <para>
    /// The types of values are <see cref="string"/>, <see cref="bool"/>, numbers, enumerations (<c>"read_only"</c> is <c>ReadOnly</c>),
    /// <see cref="TimeSpan"/> as in <see cref="GetDuration"/>, sizes with <see cref="SizeAttribute"/>, <see cref="FileInfo"/> as in
    /// <see cref="GetFile"/>, types that parse a string (<see cref="IParsable{T}"/>, such as <see cref="System.Net.IPAddress"/> and
    /// <see cref="DateOnly"/>), <see cref="Settings"/>, arrays and lists, dictionaries by names, and classes for tables within. The
    /// attributes of <see cref="System.ComponentModel.DataAnnotations"/>, such as <c>[Range(1, 100)]</c>, are applied.
    /// </para>
    /// </remarks>
    /// <typeparam name="T">The class or record.</typeparam>
    /// <exception cref="SettingsException">
    /// A value is wrong or missing. The daemon reports all of them, each at its position; what is missing, at the table or the service.
    /// </exception>
    /// <exception cref="InvalidOperationException">The class, or one of its types, cannot be bound.</exception>
    public T Bind<T>()
        where T : notnull => SettingsBinding.Bind<T>(this);

    /// <summary>An error about the value of a key, which the constructor of the handler throws.</summary>
    /// <param name="key">The key; if it is absent, the error is about the service as a whole.</param>
    /// <param name="message">What is wrong, and what to write instead, without a capital letter and a full stop.</param>
    public SettingsException Error(string key, string message) =>
        new(message, PositionOf(key));

    /// <summary>
    /// The elements of an array, empty if the key is absent: each is the only value of settings of its own, under the key <c>names[0]</c>.
    /// </summary>
    internal IReadOnlyList<Settings> Items(string key)
    {
        var position = PositionOf(key);
        Settings[] items = [.. (Get<IReadOnlyList<object>>(key, "an array") ?? []).Select((item, index) => new Settings(
            new Dictionary<string, Setting> { [string.Create(CultureInfo.InvariantCulture, $"{key}[{index}]")] = new(item, position) }))];
        _items.AddRange(items);
        return items;
    }

    /// <summary>The position of a value; null if the key is absent, or without a map.</summary>
    internal SettingPosition? PositionOf(string key) => _values.GetValueOrDefault(key)?.Position;

    /// <summary>All values, without counting as read: for showing the map.</summary>
    internal IReadOnlyDictionary<string, Setting> Values => _values;

    /// <summary>The files that the handler reads, those of tables within included.</summary>
    internal IEnumerable<(string Path, SettingPosition? Position)> Files() =>
        _files.Where(file => file.Path.Length > 0)
            .Concat(Within().SelectMany(table => table.Files()));

    /// <summary>The services to which the handler passes connections, those of tables within included.</summary>
    internal IEnumerable<(string Name, SettingPosition? Position)> Services() =>
        _services.Concat(Within().SelectMany(table => table.Services()));

    /// <summary>The services whose state the handler shows, those of tables within included.</summary>
    internal IEnumerable<(string Name, SettingPosition? Position)> Shown() => _shown.Concat(Within().SelectMany(table => table.Shown()));

    /// <summary>The keys that no getter asked for, those of tables within included: <c>a.b</c>.</summary>
    internal IEnumerable<(string Path, SettingPosition? Position)> Unread()
    {
        foreach (var (key, setting) in _values)
        {
            if (!_read.Contains(key))
            {
                yield return (key, setting.KeyPosition ?? setting.Position);
            }
            else if (setting.Value is Settings table)
            {
                foreach (var (path, position) in table.Unread())
                {
                    yield return ($"{key}.{path}", position);
                }
            }
        }

        foreach (var unread in _items.SelectMany(item => item.Unread()))
        {
            yield return unread;
        }
    }

    private IEnumerable<Settings> Within() => _values.Values.Select(setting => setting.Value).OfType<Settings>().Concat(_items);

    private static object Widen(object value) => value switch
    {
        int number => (long)number,
        not string and System.Collections.IEnumerable items => items.Cast<object>().Select(Widen).ToList(),
        _ => value,
    };

    private Setting? Find(string key)
    {
        _read.Add(key);
        return _values.GetValueOrDefault(key);
    }

    private T? Get<T>(string key, string expected)
        where T : class => Find(key) is { } found ? Cast<T>(key, found, expected) : null;

    private T Cast<T>(string key, Setting setting, string expected) =>
        setting.Value is T value ? value : throw Error(key, $"'{key}' must be {expected}");
}

/// <summary>
/// One value of <see cref="Settings"/>: a string, long, double, bool, list of these, or <see cref="Settings"/>, and where it and its key
/// stand.
/// </summary>
internal sealed record Setting(object Value, SettingPosition? Position, SettingPosition? KeyPosition = null);
