using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>A key of a table, its position, and its value.</summary>
internal sealed record Entry(string Key, Position KeyAt, Node Value);
