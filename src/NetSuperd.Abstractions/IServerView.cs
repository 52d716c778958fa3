namespace NetSuperd;

/// <summary>Shows what the daemon serves at the moment. A handler asks for it with a parameter of its constructor.</summary>
public interface IServerView
{
    /// <summary>
    /// The sockets of the map in force, in the order of the map; none while the map is loaded. A handler in a worker sees what the daemon
    /// served when the last client of the worker came, or at most a second ago.
    /// </summary>
    IReadOnlyList<ServedSocket> Sockets();
}

/// <summary>A socket that the daemon serves.</summary>
/// <param name="Service">The service that answers on it.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c>, <c>raw</c>; for a unix socket <c>stream</c>, <c>datagram</c>, <c>seqpacket</c>.</param>
/// <param name="Local">The address and port, or the path.</param>
/// <param name="State"><c>listening</c>, <c>resting</c>, <c>ending</c>, <c>paused</c> or <c>failed</c>.</param>
/// <param name="Since">The time when the state began.</param>
/// <param name="Live">The number of live connections or children of the service.</param>
public sealed record ServedSocket(string Service, string Transport, string Local, string State, DateTimeOffset Since, long Live);
