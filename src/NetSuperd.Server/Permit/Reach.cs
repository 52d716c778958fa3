using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>Which peers can come to the sockets of a service at all: a ceiling matters only if other peers could be shut out.</summary>
[Flags]
internal enum Reach
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Other hosts.</summary>
    Remote = 1,

    /// <summary>This host, by loopback addresses.</summary>
    Loopback = 2,

    /// <summary>The owner of a unix socket.</summary>
    Owner = 4,

    /// <summary>More users than that one.</summary>
    Users = 8,
}

/// <summary>The reach of the sockets of a map.</summary>
internal static class ReachOfPorts
{
    private const UnixFileMode ForOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The peers that can come to one of the sockets.</summary>
    public static Reach Of(IEnumerable<Port> ports) => ports.Aggregate(Reach.None, (reach, port) => reach | Of(port));

    /// <summary>
    /// Whether a network needs a ceiling with this reach: one of another host does, one of this host only where it would shut out others.
    /// </summary>
    public static bool Bounds(this Reach reach, Source network) => !network.IsLocal
        || (network == Networks.Host ? reach.HasFlag(Reach.Remote)
            : network == Networks.Loopback ? (reach & ~Reach.Loopback) != 0
            : reach != Reach.Owner);

    // An abstract socket has no permissions (unix(7)).
    private static Reach Of(Port port) =>
        port.HasRemoteClients ? Reach.Remote | Reach.Loopback
        : port.Key.Path is not { } path ? Reach.Loopback
        : path[0] == '@' || (port.Mode & ForOthers) != 0 ? Reach.Owner | Reach.Users
        : Reach.Owner;
}
