using System.Net;
using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>
/// The way back to the sender of a datagram, for answers that come later than the batch lasts: the address of the sender, and the address
/// from which an answer leaves (<see cref="DatagramBatch"/>).
/// </summary>
public abstract class DatagramReturn
{
    /// <summary>The address of the sender.</summary>
    public abstract EndPoint? Remote { get; }

    /// <summary>Sends a datagram without waiting.</summary>
    /// <param name="socket">The socket, or a copy of it.</param>
    /// <param name="data">The datagram.</param>
    /// <returns>Why it was not sent; null: it was.</returns>
    public abstract Errno? Send(SafeHandle socket, ReadOnlySpan<byte> data);
}
