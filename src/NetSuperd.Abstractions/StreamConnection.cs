using System.Net;

namespace NetSuperd;

/// <summary>One connection of a stream service. The two ends identify a TCP connection, which never mixes with another one.</summary>
/// <remarks>
/// One receive and one send may be under way at the same time, each from any thread. After a reset by the peer, or after
/// <see cref="Abort"/>, every call throws <see cref="ConnectionClosedException"/>, which a handler need not catch.
/// </remarks>
public abstract class StreamConnection
{
    private ConnectionStream? _stream;

    /// <summary>The number of the connection, unique while the daemon runs; <c>ConnectionId</c> in the log.</summary>
    public abstract long Id { get; }

    /// <summary>The name of the service of the connection.</summary>
    public abstract string Service { get; }

    /// <summary>The address and port that the client connected to, even if the service listens on every address.</summary>
    public abstract EndPoint LocalEndPoint { get; }

    /// <summary>The client's address and port. A client of a unix socket has none, even if it bound its socket to a name.</summary>
    public abstract EndPoint RemoteEndPoint { get; }

    /// <summary>
    /// What was agreed in the TLS handshake; null: the service has no <c>tls</c>, and the bytes come as the client sent them.
    /// </summary>
    public virtual TlsSession? Tls => null;

    /// <summary>
    /// Fires when the connection is aborted, times out, is reset by the peer or is passed to another service; not at the peer's end of
    /// transmission.
    /// </summary>
    public abstract CancellationToken Closed { get; }

    /// <summary>
    /// The connection as a <see cref="System.IO.Stream"/>, created on first use. Disposing it does the same as <see cref="CloseAsync"/>.
    /// </summary>
    public Stream Stream => _stream ?? Interlocked.CompareExchange(ref _stream, new ConnectionStream(this), null) ?? _stream;

    /// <summary>RECEIVE: waits for bytes, and takes at most as many as <paramref name="buffer"/> has room for.</summary>
    /// <returns>The number of bytes; 0 at the peer's end of transmission, after which sending is still possible.</returns>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until bytes or the end of transmission can be received, without holding a buffer. Rent the buffer afterwards: ten thousand
    /// idle connections then need ten thousand small objects and no buffers.
    /// </summary>
    /// <remarks>
    /// A cancelled token ends the wait only if no bytes have arrived. A handler that passes its <c>stopping</c> token to this call only
    /// therefore still answers everything that it has received when the daemon stops.
    /// </remarks>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask WaitForDataAsync(CancellationToken cancellationToken = default);

    /// <summary>SEND: sends all of <paramref name="buffer"/>, and waits while the peer does not accept it.</summary>
    /// <exception cref="ConnectionClosedException">The connection was reset or aborted.</exception>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>STATUS: the status of the connection, as the system reports it (tcp(7), <c>TCP_INFO</c>).</summary>
    public abstract ConnectionStatus GetStatus();

    /// <summary>
    /// CLOSE: ends the transmission of this end in order. Bytes that the peer still sends are discarded, up to a limit. Returning from
    /// <see cref="IStreamHandler.HandleAsync"/> does the same.
    /// </summary>
    public abstract ValueTask CloseAsync();

    /// <summary>ABORT: discards the buffers of both directions and ends the connection at once (RST).</summary>
    public abstract void Abort();

    /// <summary>
    /// Ends the transmission of this end in order. Unlike <see cref="CloseAsync"/> it discards nothing: receiving is still possible.
    /// </summary>
    internal virtual ValueTask EndSendingAsync() => throw new NotSupportedException();

    /// <summary>Ends the connection as one that its peer has reset: what the peer sends cannot be believed any more.</summary>
    internal virtual void Lose() => Abort();

    /// <summary>
    /// Makes <see cref="Closed"/> fire at a reset by the peer even while no receive is under way. What has not been received then is lost.
    /// </summary>
    internal virtual void HearReset()
    {
    }

    /// <summary>How many sent bytes are still on their way to the peer, and are lost at an abort.</summary>
    internal virtual int Unsent => 0;

    /// <summary>Ends the connection because of a time limit: in order, and with it every call.</summary>
    /// <param name="key">The key of the limit.</param>
    internal virtual void TimeOut(string key) => Abort();

    /// <summary>The handler is about to wait in a call that holds its thread.</summary>
    /// <param name="call">The call, which has an asynchronous counterpart; null: it has returned.</param>
    internal virtual void Block(string? call)
    {
    }
}
