using System.Net;

namespace NetSuperd.Linux.Forward;

/// <summary>Looks up the addresses of names.</summary>
internal interface INameLookup
{
    /// <summary>The addresses of a name, those to be tried first in front.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The name has none, or the resolver fails.</exception>
    Task<IPAddress[]> FindAsync(string name);
}

/// <summary>The lookup of the system: hosts(5), the DNS and whatever else nsswitch.conf(5) names.</summary>
/// <remarks>getaddrinfo(3) blocks a thread of the pool, and does not tell how long an answer holds.</remarks>
internal sealed class SystemLookup : INameLookup
{
    /// <inheritdoc/>
    public Task<IPAddress[]> FindAsync(string name) => Dns.GetHostAddressesAsync(name);
}
