using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>A key of a unit with its value.</summary>
/// <param name="Section">The section.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value without the blanks around it; the lines of one with backslashes at their ends are one line.</param>
internal sealed record UnitEntry(string Section, Word Key, Word Value)
{
    /// <summary>The line of the value, for the positions of its words; it begins at <see cref="From"/>.</summary>
    public required ForeignLine Line { get; init; }

    /// <summary>Where the value begins in the line.</summary>
    public required int From { get; init; }

    /// <summary>A part of the value.</summary>
    public Word Part(int from, int to) => Line.Word(From + from, From + to);
}

/// <summary>A unit: its own file, and the drop-ins after it.</summary>
/// <param name="name">Its name, such as <c>echo@.service</c>.</param>
/// <param name="at">Where its file begins.</param>
internal sealed class Unit(string name, Position at)
{
    private readonly HashSet<UnitEntry> _taken = [];

    /// <summary>The name with its suffix.</summary>
    public string Name { get; } = name;

    /// <summary>The name without its suffix, and without the <c>@</c> of a template.</summary>
    public string Prefix => Path.GetFileNameWithoutExtension(Name).Split('@')[0];

    /// <summary>Where its file begins.</summary>
    public Position At { get; } = at;

    /// <summary>Its keys in the order of the files.</summary>
    public List<UnitEntry> Entries { get; } = [];

    /// <summary>The values of a key; an empty value removes those before it.</summary>
    public IReadOnlyList<UnitEntry> All(string section, params string[] keys)
    {
        var values = new List<UnitEntry>();
        foreach (var entry in Entries.Where(entry => entry.Section == section && keys.Contains(entry.Key.Text)))
        {
            _taken.Add(entry);
            if (entry.Value.Text.Length == 0)
            {
                // Each kind of socket has the same list; of others, a key is asked for alone.
                values.Clear();
            }
            else
            {
                values.Add(entry);
            }
        }

        return values;
    }

    /// <summary>The value of a key that has one: the last; null: it has none.</summary>
    public Word? Last(string section, string key) => All(section, key) is [.., var last] ? last.Value : null;

    /// <summary>Whether a key is yes; null: the unit does not have it.</summary>
    public bool? IsYes(string section, string key) =>
        Last(section, key)?.Text.ToLowerInvariant() is { } word ? word is "1" or "yes" or "y" or "true" or "t" or "on" : null;

    /// <summary>The keys that nothing has asked for, the last of each.</summary>
    public IEnumerable<UnitEntry> Others => Entries.Where(entry => entry.Value.Text.Length > 0 && !_taken.Contains(entry));
}
