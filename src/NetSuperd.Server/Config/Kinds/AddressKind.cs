using System.Net;
using System.Text.Json.Nodes;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>An address of this host.</summary>
internal sealed class AddressKind : TextKind<IPAddress>
{
    public override string Text => "an address of this host such as \"192.0.2.1\" or \"2001:db8::1\"";

    public override JsonObject Schema => JsonType.Text("[.:]", "192.0.2.1", "2001:db8::1");

    public override string Format(IPAddress value) => TomlWriter.Text(value.ToString());

    protected override string? Complaint(string text, Reading reading, out IPAddress value) =>
        !IPAddress.TryParse(text, out value!) || text.AsSpan().ContainsAny('[', ']') ? $"must be {Text}"
        : value.IsIPv4MappedToIPv6 ? $"must be \"{value.MapToIPv4()}\", an address of IPv4"
        : HostAddress.IsEvery(value) ? "stands for every address; without the key the system chooses the right one"
        : null;
}
