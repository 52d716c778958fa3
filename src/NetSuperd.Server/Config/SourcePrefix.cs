namespace NetSuperd.Server.Config;

/// <summary>What one source is: the peers whose addresses begin with the same bits. Peers of unix sockets are one source by user.</summary>
/// <param name="IPv4">Bits of an IPv4 address, 1 to 32.</param>
/// <param name="IPv6">Bits of an IPv6 address, 1 to 128.</param>
public sealed record SourcePrefix(int IPv4, int IPv6)
{
    /// <summary>An IPv4 address, and of IPv6 what a single customer has.</summary>
    public static readonly SourcePrefix Default = new(32, 64);
}
