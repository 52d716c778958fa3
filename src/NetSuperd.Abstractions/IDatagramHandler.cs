namespace NetSuperd;

/// <summary>Serves the datagrams of a service inside the daemon: of a UDP port, or of a unix datagram socket.</summary>
/// <remarks>
/// The same rules as for <see cref="IStreamHandler"/> hold for the instance: one for each service and configuration, made while the map is
/// loaded and disposed when nothing of it runs any more. A class may implement both interfaces.
/// </remarks>
public interface IDatagramHandler
{
    /// <summary>Serves one datagram. Throwing costs this datagram and nothing else.</summary>
    /// <remarks>
    /// It is called on the thread that receives: what it waits for, every sender waits for. So it does not block, and what it needs was
    /// read before.
    /// </remarks>
    /// <param name="request">The datagram, valid until the call returns.</param>
    /// <param name="reply">Answers it, on this thread until the call returns.</param>
    void Handle(in Datagram request, IDatagramReply reply);
}
