using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>What a reload would change, as text for people.</summary>
internal static class MapChanges
{
    /// <summary>A line for each change.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="full">Whether to show the defaults of new services and sockets as well.</param>
    public static string Format(IEnumerable<MapChange> changes, bool full) =>
        string.Concat(changes.Where(change => full || !change.IsImplied).Select(change => PlainText.Of($"{change}") + "\n"));
}
