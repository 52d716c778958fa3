namespace NetSuperd;

/// <summary>What the daemon serves just now, for a handler whose constructor asks for it.</summary>
public interface IServerView
{
    /// <summary>The sockets of the map in force, in the order of the map; none while the map is being loaded.</summary>
    IReadOnlyList<ServedSocket> Sockets();
}

/// <summary>A socket that the daemon serves.</summary>
/// <param name="Service">The service that answers on it.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c>, or of a unix socket <c>stream</c>, <c>datagram</c>, <c>seqpacket</c>.</param>
/// <param name="Local">The address, or the path.</param>
/// <param name="State"><c>listening</c>, <c>resting</c>, <c>ending</c>, <c>paused</c> or <c>failed</c>.</param>
/// <param name="Since">Since when that holds.</param>
/// <param name="Live">The connections or children of the service that live.</param>
public sealed record ServedSocket(string Service, string Transport, string Local, string State, DateTimeOffset Since, long Live);
