namespace NetSuperd;

/// <summary>Shows what the daemon serves at the moment. A handler asks for it with a parameter of its constructor.</summary>
public interface IServerView
{
    /// <summary>
    /// The sockets of the map in force, in the order of the map; none while the map is loaded. A handler in a worker sees what the daemon
    /// served when the last client of the worker came, or at most a second ago.
    /// </summary>
    IReadOnlyList<ServedSocket> Sockets();

    /// <summary>
    /// The services of the map in force, in the order of the map, those that it has disabled included; none while the map is loaded. A
    /// handler in a worker sees them as it sees the sockets.
    /// </summary>
    IReadOnlyList<ServedService> Services() => [];
}

/// <summary>A socket that the daemon serves.</summary>
/// <param name="Service">The service that answers on it.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c>, <c>raw</c>; for a unix socket <c>stream</c>, <c>datagram</c>, <c>seqpacket</c>.</param>
/// <param name="Local">The address and port, or the path.</param>
/// <param name="State"><c>listening</c>, <c>resting</c>, <c>ending</c>, <c>paused</c> or <c>failed</c>.</param>
/// <param name="Since">The time when the state began.</param>
/// <param name="Live">The number of live connections or children of the service.</param>
public sealed record ServedSocket(string Service, string Transport, string Local, string State, DateTimeOffset Since, long Live);

/// <summary>A service of the map in force.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Handler">The name of its handler; null: a program serves.</param>
/// <param name="State">
/// <c>serving</c>; <c>paused</c> or <c>stopped</c> by an operator; <c>failed</c>: a socket is not bound, or what serves is missing;
/// <c>disabled</c> by the map; and of a server that runs all the time <c>starting</c>, <c>restarting</c> or <c>ended</c>. A later version
/// may have further words: a service that is not <c>serving</c> does not serve.
/// </param>
/// <param name="Live">The number of its live connections or children.</param>
/// <param name="Places">
/// How many connections it can have at once: the smaller one of its <c>max_connections</c> and the daemon's; null: any number, or it has no
/// connections that the daemon counts.
/// </param>
/// <param name="Free">How many more it can have now, between 0 and <paramref name="Places"/>; null where that is null.</param>
public sealed record ServedService(string Name, string? Handler, string State, long Live, long? Places, long? Free);
