using System.Net;

namespace NetSuperd.Server.Listen;

/// <summary>
/// Which addresses this host has, during one check of all sockets: thousands of sockets may have the same address, and to ask the system
/// for it takes a socket.
/// </summary>
internal sealed class HostAddresses
{
    private readonly Dictionary<(IPAddress Address, string? Device), bool> _known = [];
    private readonly Lock _asking = new();

    /// <summary>Whether the host has the address of a bound socket now.</summary>
    public bool Have(BoundSocket socket)
    {
        var asked = (socket.Place.Scoped(socket.Host.Names), socket.Port.Device);
        lock (_asking)
        {
            if (!_known.TryGetValue(asked, out var isThere))
            {
                isThere = socket.Host.Sockets.HasAddress(asked.Item1, asked.Device);
                _known.Add(asked, isThere);
            }

            return isThere;
        }
    }
}
