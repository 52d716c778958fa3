using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A duration within a range, in steps of a unit.</summary>
/// <param name="least">The least.</param>
/// <param name="most">The most.</param>
/// <param name="step">The unit; default: a millisecond.</param>
/// <param name="otherwise">The alternative value of the key, as a message says it.</param>
internal sealed class DurationKind(TimeSpan least, TimeSpan most, TimeSpan? step = null, string otherwise = "") : TextKind<TimeSpan>
{
    public override string Text => Quantity.DurationHint + otherwise;

    public override JsonObject Schema => JsonType.Text("^[0-9]+(ms|s|m|h|d)$", "30s", "5m");

    public override string Format(TimeSpan value) => TomlWriter.Text(Quantity.Format(value));

    protected override string? Complaint(string text, Reading reading, out TimeSpan value) =>
        !Quantity.TryParseDuration(text, out value) ? $"must be {Text}"
        : value < least || value > most ? $"must be from \"{Quantity.Format(least)}\" to \"{Quantity.Format(most)}\""
        : step is { } unit && value.Ticks % unit.Ticks != 0 ? $"must be a multiple of \"{Quantity.Format(unit)}\""
        : null;
}
