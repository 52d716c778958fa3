namespace NetSuperd.Server.Proxy;

/// <summary>What the first bytes of a connection are to a reader of PROXY headers.</summary>
/// <param name="Header">The header; null: there is none, or not yet.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Problem">Why the bytes are no header; null: they are one, or the beginning of one.</param>
internal readonly record struct ProxyReading(ProxyHeader? Header, int Length, string? Problem)
{
    /// <summary>The beginning of a header: more bytes are to come.</summary>
    public static ProxyReading More => default;

    /// <summary>Whether more bytes are to come.</summary>
    public bool IsMore => Header is null && Problem is null;

    /// <summary>A whole header.</summary>
    public static ProxyReading Of(ProxyHeader header, int length) => new(header, length, null);

    /// <summary>No header.</summary>
    public static ProxyReading Wrong(string problem) => new(null, 0, problem);
}
