using System.Text.Json.Serialization;

namespace NetSuperd.Server.Config;

/// <summary>A key that two maps differ in.</summary>
/// <param name="Path">The key, as in <see cref="MapEntry"/>.</param>
/// <param name="Old">The value before; null: the key is new.</param>
/// <param name="New">The value after; null: the key is removed.</param>
public sealed record MapChange(string Path, string? Old, string? New)
{
    /// <summary>Whether the key is new and its value is implied, as in <see cref="MapEntry"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsImplied { get; init; }

    /// <summary>The line that <c>check --diff</c> and <c>reload --dry-run</c> print.</summary>
    public override string ToString() => (Old, New) switch
    {
        (null, _) => $"+ {Path} = {New}",
        (_, null) => $"- {Path} = {Old}",
        _ => $"~ {Path} = {Old} -> {New}",
    };
}
