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
    /// <summary>The service of the map whose socket it is; null: it is none of <c>service:NAME</c>.</summary>
    public string? Service { get; init; }

    /// <summary>Its normal form, from which <see cref="TargetNotation"/> makes the same target.</summary>
    public string Text => Service is { } name ? $"{TargetNotation.OfService}{name}" : Address;

    /// <summary>The same without the name of a service: what a worker connects to.</summary>
    public string Address => End is DnsEndPoint name ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}") : $"{End}";

    /// <summary>The name or address of its host, as a certificate has it; null for a unix socket.</summary>
    public string? HostName => End switch
    {
        _ when Service is not null => null,
        DnsEndPoint name => name.Host.TrimEnd('.'),
        IPEndPoint end => $"{end.Address}",
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Text;
}
