using System.Collections.Immutable;

namespace NetSuperd.Server.Config;

/// <summary>How the connections of a forward to its targets are encrypted.</summary>
public sealed record TlsToPlan
{
    /// <summary>Whether a target must have a certificate of a known CA that is for its name and valid now.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The file with the CAs of the targets; null: those of the system.</summary>
    public string? Ca { get; init; }

    /// <summary>The certificates in that file (RFC 7468); empty before it is read.</summary>
    public string CaText { get; init; } = "";

    /// <summary>The name that targets are asked for, and that their certificates are for; null: that of the target in the map.</summary>
    public string? Name { get; init; }

    /// <summary>The own certificate, for targets that ask for one; null: none.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>The lowest version of the protocol.</summary>
    public TlsVersion Min { get; init; } = TlsVersion.Tls12;

    /// <summary>The application protocols that targets are offered, in the order of preference (RFC 7301); none: no extension.</summary>
    public ImmutableArray<string> Alpn { get; init; } = [];
}
