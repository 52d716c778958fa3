using System.Net;
using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>Datagrams that are received and answered many at a time. For one thread.</summary>
/// <remarks>
/// An answer goes to the address from which the datagram came, and leaves from the address to which the datagram was sent: a socket on
/// every address would otherwise answer from the address that the route prefers, which no client accepts. The route chooses the interface,
/// except for link-local addresses, which are meaningless without one.
/// </remarks>
public abstract class DatagramBatch : IDisposable
{
    /// <summary>How many datagrams are received at once.</summary>
    public const int Most = 32;

    /// <summary>How many datagrams the last <see cref="Receive"/> has received.</summary>
    public int Count { get; protected set; }

    /// <summary>Answers sent since the batch was made.</summary>
    public long Sent { get; protected set; }

    /// <summary>
    /// Answers that the system did not send: the queue was full, or there is no route to the sender, or it is not allowed. No other answer
    /// waits for them.
    /// </summary>
    public long Unsent { get; protected set; }

    /// <summary>
    /// The datagrams of this batch whose answers the system refuses to send, since the sender's address is a broadcast address (socket(7),
    /// SO_BROADCAST).
    /// </summary>
    public List<int> Forbidden { get; } = [];

    /// <summary>Receives what is there, without waiting. The datagrams received before are gone.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isUnix">
    /// Whether it is a unix socket: then only the bytes are received, since descriptors that a client sends along would be installed in
    /// this process (unix(7), SCM_RIGHTS).
    /// </param>
    /// <returns>The error, or null. An error that an earlier answer has caused loses no datagram (udp(7)).</returns>
    public abstract Errno? Receive(SafeHandle socket, bool isUnix);

    /// <summary>The bytes of a datagram, until the next <see cref="Receive"/>.</summary>
    public abstract ReadOnlySpan<byte> Data(int index);

    /// <summary>Whether the datagram was longer than the room for it, 65,536 bytes: only a datagram of a unix socket can be.</summary>
    public abstract bool IsTruncated(int index);

    /// <summary>The addresses between which a datagram travelled.</summary>
    public abstract DatagramArrival Arrival(int index);

    /// <summary>The sender's address; null for a unix socket without a name.</summary>
    public abstract EndPoint? Remote(int index);

    /// <summary>The sender's address in the system's format; empty for a unix socket without a name.</summary>
    public abstract ReadOnlySpan<byte> SenderName(int index);

    /// <summary>The address that a datagram was sent to; null where the system does not report it.</summary>
    public abstract IPAddress? Local(int index);

    /// <summary>The bytes of that address; none where the system does not report it.</summary>
    public abstract ReadOnlySpan<byte> LocalBytes(int index);

    /// <summary>Answers a datagram. The answer is sent by <see cref="Send"/>, or earlier where many wait.</summary>
    /// <param name="index">The datagram.</param>
    /// <param name="data">The answer, at most 65,536 bytes; copied.</param>
    /// <returns>False where the sender has no address.</returns>
    public abstract bool TryAnswer(int index, ReadOnlySpan<byte> data);

    /// <summary>The way back to the sender of a datagram; null where it has no address.</summary>
    public abstract DatagramReturn? ReturnOf(int index);

    /// <summary>Sends the answers. Answers that the system does not take now are dropped and counted, and not queued.</summary>
    public abstract void Send();

    /// <inheritdoc/>
    public abstract void Dispose();
}
