using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.FirstBytes;

/// <summary>A rule of <c>by</c>: what the first bytes of a connection are, and which service gets it.</summary>
/// <param name="Probe">What is asked of the bytes.</param>
/// <param name="Service">The service.</param>
internal sealed record FirstBytesRule(Probe Probe, string Service)
{
    /// <summary>The name that the client asks for, the protocol that it offers, or what the bytes begin with.</summary>
    public string Text { get; init; } = "";

    /// <summary>The pattern; null: the probe has none.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>How long the client is silent.</summary>
    public TimeSpan Silence { get; init; }

    private byte[] Prefix => field ??= Encoding.UTF8.GetBytes(Text);

    /// <summary>Tests the first bytes of a connection, of which there is one at least.</summary>
    public Fit Test(ReadOnlySpan<byte> bytes) => Probe switch
    {
        Probe.Tls => ClientHello.Begins(bytes),
        Probe.TlsHost => ClientHello.Read(bytes, out var hello) is var fit and not Fit.Yes ? fit : Of(IsNamed(hello!.Host)),
        Probe.TlsProtocol => ClientHello.Read(bytes, out var hello) is var fit and not Fit.Yes ? fit
            : Of(hello!.Protocols.Contains(Text)),
        Probe.Http => Probes.Http(bytes),
        Probe.Ssh => Probes.Ssh(bytes),
        Probe.OpenVpn => Probes.OpenVpn(bytes),
        Probe.Xmpp => Probes.Xmpp(bytes),
        Probe.Socks5 => Probes.Socks5(bytes),
        Probe.Rdp => Probes.Rdp(bytes),
        Probe.Postgres => Probes.Postgres(bytes),
        Probe.StartsWith => Probes.StartsWith(bytes, Prefix),
        Probe.Regex => Probes.Matches(bytes, Pattern!),
        Probe.Any => Fit.Yes,
        _ => Fit.No,
    };

    /// <summary>A wildcard stands for one label, as in certificates (RFC 9525, 6.3).</summary>
    private bool IsNamed(string? host) => host is not null && (Text.StartsWith("*.", StringComparison.Ordinal)
        ? host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            && host.AsSpan(dot).Equals(Text.AsSpan(1), StringComparison.OrdinalIgnoreCase)
        : host.Equals(Text, StringComparison.OrdinalIgnoreCase));

    private static Fit Of(bool fits) => fits ? Fit.Yes : Fit.No;
}

/// <summary>What a rule asks of the first bytes.</summary>
internal enum Probe
{
    /// <summary>Nothing: the last rule takes every client.</summary>
    Any,

    /// <summary>Whether there are none for a time.</summary>
    Silence,

    Tls,
    TlsHost,
    TlsProtocol,
    Http,
    Ssh,
    OpenVpn,
    Xmpp,
    Socks5,
    Rdp,
    Postgres,
    StartsWith,
    Regex,
}
