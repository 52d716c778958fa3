using System.Net;

namespace NetSuperd.Native;

/// <content>The connections that processes have accepted.</content>
public static partial class SocketDiagnosis
{
    /// <summary>How many connections of a listener a process has, whichever that is: open, or closed by one side only.</summary>
    /// <inheritdoc cref="Waiting" path="/remarks"/>
    /// <param name="listener">The address and port of the listener: exactly this address, or every one for a wildcard.</param>
    /// <returns>Null where the system does not report it.</returns>
    public static int? Accepted(IPEndPoint listener) => List(
        listener,
        (1 << TcpInfoReader.Established) | (1 << TcpInfoReader.FinWait1) | (1 << TcpInfoReader.FinWait2) | (1 << TcpInfoReader.CloseWait)
            | (1 << TcpInfoReader.LastAck) | (1 << TcpInfoReader.Closing),
        isAccepted: true)?.Count;
}
