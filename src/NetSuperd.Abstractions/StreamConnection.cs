using System.Net;

namespace NetSuperd;

/// <summary>One connection of a stream service: a TCP connection is identified by its two ends, and never mixes with another.</summary>
/// <remarks>
/// One receive and one send may be under way at a time, each from any thread. After the peer reset the connection, or after
/// <see cref="Abort"/>, every call throws <see cref="ConnectionClosedException"/>, which a handler may let pass.
/// </remarks>
public abstract class StreamConnection
{
    private ConnectionStream? _stream;

    /// <summary>The number of the connection, unique while the daemon runs; the log calls it <c>ConnectionId</c>.</summary>
    public abstract long Id { get; }

    /// <summary>The name of the service that the connection came to.</summary>
    public abstract string Service { get; }

    /// <summary>The address and port that the client asked for, even where the service listens on every address.</summary>
    public abstract EndPoint LocalEndPoint { get; }

    /// <summary>The client's address and port. A client of a unix socket has none: what it may call itself is not asked for.</summary>
    public abstract EndPoint RemoteEndPoint { get; }

    /// <summary>Fires when the connection was aborted, timed out or was reset by the peer; not at the peer's end of transmission.</summary>
    public abstract CancellationToken Closed { get; }

    /// <summary>
    /// The connection as a <see cref="System.IO.Stream"/>, made on first use. Disposing it does what <see cref="CloseAsync"/> does.
    /// </summary>
    public Stream Stream => _stream ?? Interlocked.CompareExchange(ref _stream, new ConnectionStream(this), null) ?? _stream;

    /// <summary>RECEIVE: waits for bytes and takes at most <paramref name="buffer"/>'s length of them.</summary>
    /// <returns>The number of bytes; 0 at the peer's end of transmission, after which sending is still possible.</returns>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until bytes or the end of transmission can be received, without holding a buffer. Rent the buffer afterwards: ten thousand
    /// idle connections then cost ten thousand small objects and no buffers.
    /// </summary>
    /// <remarks>
    /// A cancelled token ends the wait only where no bytes are there: a handler that passes its <c>stopping</c> token here, and to no other
    /// call, answers at the stop of the daemon what it has received.
    /// </remarks>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask WaitForDataAsync(CancellationToken cancellationToken = default);

    /// <summary>SEND: sends all of <paramref name="buffer"/>, waiting while the peer does not take it.</summary>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>STATUS: where the connection stands, as the system tells it (tcp(7), <c>TCP_INFO</c>).</summary>
    public abstract ConnectionStatus GetStatus();

    /// <summary>
    /// CLOSE: ends the own transmission in order; what the peer has still to say is discarded within bounds. Returning from
    /// <see cref="IStreamHandler.HandleAsync"/> does the same.
    /// </summary>
    public abstract ValueTask CloseAsync();

    /// <summary>ABORT: discards what is buffered in both directions and ends the connection at once (RST).</summary>
    public abstract void Abort();
}
