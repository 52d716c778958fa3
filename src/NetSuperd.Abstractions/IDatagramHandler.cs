namespace NetSuperd;

/// <summary>
/// Serves the datagrams of a service, from UDP ports and unix datagram sockets, and packets from raw sockets: inside the daemon or, with
/// <c>user</c> or <c>worker</c> in the map, in a process of its own.
/// </summary>
/// <remarks>
/// The daemon creates and disposes the instance as for <see cref="IStreamHandler"/>: one instance for each service and configuration,
/// created while the map is loaded, and disposed when its last call has ended. A class may implement both interfaces.
/// </remarks>
public interface IDatagramHandler
{
    /// <summary>Serves one datagram. An exception affects this datagram only.</summary>
    /// <remarks>
    /// The daemon calls the method on the thread that receives: while it waits, every sender waits. So it must not block; read what it
    /// needs beforehand.
    /// </remarks>
    /// <param name="request">The datagram. It is valid until the call returns.</param>
    /// <param name="reply">Answers the datagram, on this thread and until the call returns.</param>
    void Handle(in Datagram request, IDatagramReply reply);
}
