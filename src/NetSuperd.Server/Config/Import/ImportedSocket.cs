using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>A socket of an imported service.</summary>
/// <param name="Key">The socket.</param>
/// <param name="At">Where the imported file names it.</param>
internal sealed record ImportedSocket(PortKey Key, Position At)
{
    /// <summary>The options of the socket, in the order of the imported file.</summary>
    public List<Entry> Options { get; init; } = [];

    /// <summary>Sets an option.</summary>
    public void Set(Key<Port> key, object value, Position at)
    {
        Options.RemoveAll(option => option.Key == key.Name);
        Options.Add(new Entry(key.Name, at, ImportedService.NodeOf(value, at)));
    }

    /// <summary>The key of the entry in <c>[ports]</c>: a bare port is TCP.</summary>
    public string Text => Key.Text.EndsWith("/tcp", StringComparison.Ordinal) ? Key.Text[..^"/tcp".Length] : Key.Text;

    /// <summary>Whether both cannot be bound.</summary>
    public bool Overlaps(ImportedSocket other) => Key.Transport.IsUnix || other.Key.Transport.IsUnix
        ? Key.Path == other.Key.Path
        : Key.Number == other.Key.Number && Key.Transport.SharesPortsWith(other.Key.Transport) && Key.Zone == other.Key.Zone
            && Key.Cid == other.Key.Cid && Key.Addresses.Any(other.Key.Addresses.Contains);

    /// <summary>
    /// The bare port in place of two sockets, one on every address of IPv4 and one on every address of IPv6; null: they differ.
    /// </summary>
    public ImportedSocket? With(ImportedSocket other) =>
        Key.Transport.Equals(other.Key.Transport) && Key.Number == other.Key.Number && Key is { Address: not null, Zone: null }
            && IsEvery(Key.Address) && IsEvery(other.Key.Address) && !Key.Address.Equals(other.Key.Address)
            && OptionText == other.OptionText
            ? this with { Key = Key with { Address = null } }
            : null;

    /// <summary>The options in TOML.</summary>
    public string OptionText => TomlWriter.Table(Options.Select(option => (option.Key, TomlWriter.Node(option.Value))));

    private static bool IsEvery(IPAddress? address) => address is not null && HostAddress.IsEvery(address);
}
