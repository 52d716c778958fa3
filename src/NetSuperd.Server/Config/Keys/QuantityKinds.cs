using System.Globalization;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>A duration within a range, in steps of a unit.</summary>
internal sealed class DurationKind(TimeSpan least, TimeSpan most, TimeSpan? step = null) : TextKind<TimeSpan>
{
    public override string Text => Quantity.DurationHint;

    public override string Format(TimeSpan value) => TomlWriter.Text(Quantity.Format(value));

    protected override string? Complaint(string text, Reading reading, out TimeSpan value) =>
        !Quantity.TryParseDuration(text, out value) ? $"must be {Text}"
        : value < least || value > most ? $"must be from \"{Quantity.Format(least)}\" to \"{Quantity.Format(most)}\""
        : step is { } unit && value.Ticks % unit.Ticks != 0 ? $"must be a multiple of \"{Quantity.Format(unit)}\""
        : null;
}

/// <summary>A size in bytes within a range.</summary>
internal sealed class SizeKind(int least, int most) : TextKind<int>
{
    public override string Text => Quantity.SizeHint;

    public override string Format(int value) => TomlWriter.Text(Quantity.Format((long)value));

    protected override string? Complaint(string text, Reading reading, out int value)
    {
        var sized = Quantity.TryParseSize(text, out var bytes);
        value = (int)Math.Min(bytes, most);
        return !sized ? $"must be {Text}"
            : bytes < least || bytes > most ? $"must be from \"{Quantity.Format((long)least)}\" to \"{Quantity.Format((long)most)}\""
            : null;
    }
}

/// <summary>Permission bits as an octal number in a string: a number in TOML would be taken as decimal.</summary>
internal sealed class OctalKind(int digits, string example) : TextKind<int>
{
    private const int Most = 0x1ff;

    public override string Text => $"an octal number in quotes such as \"{example}\"";

    public override string Format(int value) => TomlWriter.Text(Convert.ToString(value, 8).PadLeft(digits, '0'));

    protected override string? Complaint(string text, Reading reading, out int value)
    {
        value = 0;
        if (text.Length is 0 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return $"must be {Text}";
        }

        foreach (var digit in text)
        {
            value = (value * 8) + (digit - '0');
        }

        return value <= Most ? null : string.Create(CultureInfo.InvariantCulture, $"must be from \"{new string('0', digits)}\" to \"{"777".PadLeft(digits, '0')}\"");
    }
}
