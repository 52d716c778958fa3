using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// An array. <see cref="OfTables"/> tells <c>[[name]]</c>, which further headers extend, from <c>name = [...]</c>, which nothing extends.
/// </summary>
internal sealed record ArrayNode(List<Node> Items, bool OfTables, Position At) : Node(At)
{
    /// <inheritdoc/>
    public override string Noun => OfTables ? "an array of tables" : "an array";
}
