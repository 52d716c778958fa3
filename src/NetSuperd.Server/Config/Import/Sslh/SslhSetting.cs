using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>A value of sslh.cfg.</summary>
/// <param name="Value">A string, a number, true or false, a list, or a group of named values.</param>
/// <param name="At">Where it stands.</param>
internal sealed record SslhSetting(object Value, Position At)
{
    /// <summary>The values of a list, or the only one.</summary>
    public IReadOnlyList<SslhSetting> Items => Value as IReadOnlyList<SslhSetting> ?? [this];

    /// <summary>The text of a string or a number.</summary>
    public string Text => Value as string ?? $"{Value}";

    /// <summary>Whether it is true, or a number above 0.</summary>
    public bool IsOn => Value is true or > 0L;

    /// <summary>The text as a word.</summary>
    public Word Word => new(Text, At);
}

/// <summary>The named values of a group, in their order; of one name, the last counts.</summary>
internal sealed class SslhGroup
{
    private readonly List<(Word Name, SslhSetting Setting)> _entries = [];
    private readonly HashSet<string> _taken = [];

    /// <summary>The settings that no call has asked for.</summary>
    public IEnumerable<Word> Rest => _entries.Select(entry => entry.Name).Where(name => !_taken.Contains(name.Text));

    /// <summary>Adds a value.</summary>
    public void Add(Word name, SslhSetting setting) => _entries.Add((name, setting));

    /// <summary>A value by its name; a hyphen and an underscore are the same. Null: it is not there.</summary>
    public SslhSetting? Find(string name)
    {
        var found = _entries.LastOrDefault(entry => entry.Name.Text.Replace('-', '_') == name);
        foreach (var (word, _) in _entries.Where(entry => entry.Name.Text.Replace('-', '_') == name))
        {
            _taken.Add(word.Text);
        }

        return found.Setting;
    }

    /// <summary>A value that is set and not off; null: it is not.</summary>
    public SslhSetting? FindOn(string name) => Find(name) is { IsOn: true } setting ? setting : null;

    /// <summary>The groups of a list.</summary>
    public List<(SslhGroup Group, Position At)> Groups(string name) =>
        [.. (Find(name)?.Items ?? []).Where(item => item.Value is SslhGroup).Select(item => ((SslhGroup)item.Value, item.At))];
}
