using System.Globalization;
using System.Net;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Config;

/// <summary>
/// A target of a forward: an address and a port (<see cref="IPEndPoint"/>), a name and a port (<see cref="DnsEndPoint"/>), or a unix
/// socket, by its path or as <c>@name</c>.
/// </summary>
/// <param name="End">The target.</param>
public sealed record ForwardTarget(EndPoint End)
{
    /// <summary>Its normal form, from which <see cref="TargetNotation"/> makes the same target.</summary>
    public string Text => End is DnsEndPoint name ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}") : $"{End}";

    /// <summary>The name or address of its host, as a certificate has it; null for a unix socket.</summary>
    public string? HostName => End switch
    {
        DnsEndPoint name => name.Host.TrimEnd('.'),
        IPEndPoint end => $"{end.Address}",
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Text;
}
