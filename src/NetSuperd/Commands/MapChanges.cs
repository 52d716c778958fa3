using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>What a reload would change, as text for people.</summary>
internal static class MapChanges
{
    /// <summary>A line for each change.</summary>
    public static string Format(IEnumerable<MapChange> changes) =>
        string.Concat(changes.Select(change => PlainText.Of($"{change}") + "\n"));
}
