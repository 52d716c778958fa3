using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Permit;

/// <summary>A peer and a socket of which an operator asks whether the peer would be let in there.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Key">The socket; without an address it stands for every address.</param>
internal readonly record struct PeerAtSocket(Peer Peer, PortKey Key)
{
    /// <summary>Reads what the operator has written.</summary>
    /// <param name="peer">An address, <c>uid:NAME</c> for a unix socket, or <c>vsock:CID</c> for a vsock socket.</param>
    /// <param name="socket">A socket in the notation of <c>[ports]</c>.</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="problem">The problem of the peer or the socket, if it is malformed.</param>
    public static PeerAtSocket? Read(string peer, string socket, INames names, out string? problem)
    {
        if (PortNotation.Read(socket, new NameCache(names), out problem) is not { } key)
        {
            return null;
        }

        problem = null;
        if (Find(peer, names) is { } found)
        {
            return new PeerAtSocket(found, key);
        }

        problem = $"'{peer}' is not a peer; write an address such as 192.0.2.1, uid:1000 for a unix socket, or vsock:3 for a vsock socket";
        return null;
    }

    /// <summary>
    /// The entries that answer on the socket: on one address the entry for that address before the one for every address.
    /// </summary>
    public IReadOnlyList<Port> Answering(Map map)
    {
        var key = Key;
        var same = map.Ports.Where(port => port.Key.Number == key.Number && (key.Transport.IsUnix
            ? port.Key.Path == key.Path
            : port.Key.Transport.SharesPortsWith(key.Transport))).ToList();
        return key.Cid is not null ? [.. same.Where(port => port.Key.Cid is null || port.Key.Cid == key.Cid)]
            : key.Address is null ? same
            : same.Find(port => key.Address.Equals(port.Key.Address) && key.Zone == port.Key.Zone) is { } own ? [own]
            : same.Where(port => port.Key.Address is null
                || (HostAddress.IsEvery(port.Key.Address) && port.Key.Address.AddressFamily == key.Address.AddressFamily))
                .ToList();
    }

    /// <summary>Whether the peer can send to the sockets of an entry at all.</summary>
    public bool Reaches(PortKey key)
    {
        var family = Peer.Family;
        return key.Transport.IsUnix ? Peer.IsUnix
            : key.Transport.IsVsock ? Peer.IsVsock
            : key.Transport.IsRaw ? key.Addresses.Any(own => own.AddressFamily == family)
            : family.IsIp
                && (key.Address is not { } address || HostAddress.IsEvery(address) || address.AddressFamily == family);
    }

    /// <summary>Why the peer reaches no entry that answers.</summary>
    /// <param name="peer">What the operator has written for it.</param>
    public string Obstacle(string peer) => Peer.IsUnix ? $"a user connects to unix sockets only; {Key} is a different kind of socket"
        : Peer.IsVsock ? $"a context identifier connects to vsock sockets only; {Key} is a different kind of socket"
        : !Key.Transport.IsIp ? $"an address connects to IP sockets only; {Key} is a different kind of socket"
        : $"no client connects from {peer} to {Key}: one is an address of IPv4, the other of IPv6";

    private static Peer? Find(string text, INames names)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            // As strict as for rules, except that a link-local address may name its interface.
            return PeerNotation.TryParse(text.Split('%')[0], out _) ? Peer.Of(address) : null;
        }

        var rule = PeerNotation.Read(text, new Position(new SourceText("", text)), new NameCache(names), out _);
        return rule is { Cid: { } cid } ? Peer.Of(cid)
            : rule is not { UserId: { } id } ? null
            : names.User(id) is { } known ? Peer.Of(id, [known.GroupId, .. names.GroupsOf(known.Name, known.GroupId)])
            : Peer.Of(id, []);
    }
}
