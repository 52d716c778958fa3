using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>An entry of <c>[ports]</c> or an argument <c>--port KEY=SERVICE</c>, as it stands there.</summary>
internal sealed record PortEntry(string Key, Position KeyAt, Node Value, Reading Reading);
