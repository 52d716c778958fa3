namespace NetSuperd.Server.Config;

/// <summary>
/// Defines a source: the peers whose addresses begin with the same bits. Peers of unix sockets with the same user are one source.
/// </summary>
/// <param name="IPv4">Bits of an IPv4 address, 1 to 32.</param>
/// <param name="IPv6">Bits of an IPv6 address, 1 to 128.</param>
public sealed record SourcePrefix(int IPv4, int IPv6)
{
    /// <summary>A single IPv4 address, and the IPv6 prefix that a single customer has.</summary>
    public static readonly SourcePrefix Default = new(32, 64);
}
