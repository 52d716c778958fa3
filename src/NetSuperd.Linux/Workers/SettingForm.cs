namespace NetSuperd.Linux.Workers;

/// <summary>One value of <see cref="Settings"/> in a message: exactly one of its kinds is there.</summary>
internal sealed record SettingForm
{
    /// <summary>Where the value stands.</summary>
    public SettingPosition? At { get; init; }

    /// <summary>Where its key stands.</summary>
    public SettingPosition? KeyAt { get; init; }

    /// <summary>A string.</summary>
    public string? Text { get; init; }

    /// <summary>A whole number.</summary>
    public long? Whole { get; init; }

    /// <summary>Another number.</summary>
    public string? Number { get; init; }

    /// <summary>True or false.</summary>
    public bool? Truth { get; init; }

    /// <summary>A list.</summary>
    public IReadOnlyList<SettingForm>? Items { get; init; }

    /// <summary>A table.</summary>
    public IReadOnlyDictionary<string, SettingForm>? Table { get; init; }

    /// <summary>The form of settings.</summary>
    public static SettingForm Of(Settings settings) => OfValue(settings);

    /// <summary>The settings.</summary>
    public Settings ToSettings() => (Settings)Value;

    private object Value => Table is not null
        ? new Settings(Table.ToDictionary(pair => pair.Key, pair => new Setting(pair.Value.Value, pair.Value.At, pair.Value.KeyAt)))
        : Items?.Select(item => item.Value).ToList() ?? Text ?? Whole ?? Truth
            ?? (object)double.Parse(Number!, System.Globalization.CultureInfo.InvariantCulture);

    private static SettingForm OfValue(object value) => value switch
    {
        Settings table => new SettingForm
        {
            Table = table.Values.ToDictionary(pair => pair.Key, pair =>
                OfValue(pair.Value.Value) with { At = pair.Value.Position, KeyAt = pair.Value.KeyPosition }),
        },
        IReadOnlyList<object> items => new SettingForm { Items = [.. items.Select(OfValue)] },
        string text => new SettingForm { Text = text },
        long whole => new SettingForm { Whole = whole },
        bool truth => new SettingForm { Truth = truth },

        // JSON has no infinity.
        IFormattable number => new SettingForm { Number = number.ToString("R", System.Globalization.CultureInfo.InvariantCulture) },
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "no type of a setting"),
    };
}
