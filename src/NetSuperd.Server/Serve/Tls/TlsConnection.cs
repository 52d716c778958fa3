using System.Net;
using System.Net.Security;

namespace NetSuperd.Server.Serve.Tls;

/// <summary>An encrypted connection: its handler receives and sends in plain.</summary>
/// <param name="inner">The connection that carries it.</param>
/// <param name="carrier">The same as a stream.</param>
/// <param name="stream">Encrypts, after the handshake.</param>
/// <param name="session">What the handshake has agreed on.</param>
internal sealed class TlsConnection(StreamConnection inner, TlsCarrier carrier, SslStream stream, TlsSession session)
    : StreamConnection, IAsyncDisposable
{
    private const string Cut = "the connection has ended without close_notify, so that bytes may be missing";

    private Task<int>? _waiting;
    private long _received;
    private long _sent;
    private bool _hasEnded;

    /// <summary>Why the encryption has failed after the handshake; null: it has not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether an end without the alert that belongs to it is taken as one in order.</summary>
    public bool TakesCut { get; set; }

    /// <inheritdoc/>
    public override long Id => inner.Id;

    /// <inheritdoc/>
    public override string Service => inner.Service;

    /// <inheritdoc/>
    public override EndPoint LocalEndPoint => inner.LocalEndPoint;

    /// <inheritdoc/>
    public override EndPoint RemoteEndPoint => inner.RemoteEndPoint;

    /// <inheritdoc/>
    public override TlsSession Tls => session;

    /// <inheritdoc/>
    public override CancellationToken Closed => inner.Closed;

    /// <inheritdoc/>
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (_waiting is { } waiting)
            {
                await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
                _waiting = null;
            }

            var received = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _received += received;
            var isCut = received == 0 && !buffer.IsEmpty && carrier.HasEnded && !TakesCut && !inner.Closed.IsCancellationRequested;
            return isCut ? throw new IOException(Cut) : received;
        }
        catch (IOException failure) when (failure is not ConnectionClosedException)
        {
            throw Lost(failure);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WaitForDataAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            // What has been decrypted already needs no wait. Only a read that is begun can tell, and the next call continues it.
            _waiting ??= stream.ReadAsync(Memory<byte>.Empty, CancellationToken.None).AsTask();
            if (!_waiting.IsCompleted)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }

        await ReceiveAsync(Memory<byte>.Empty, cancellationToken.IsCancellationRequested ? CancellationToken.None : cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            _sent += buffer.Length;
        }
        catch (IOException failure) when (failure is not ConnectionClosedException)
        {
            throw Lost(failure);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The bytes are those that the handler has received and sent, without what the encryption adds.</remarks>
    public override ConnectionStatus GetStatus() => inner.GetStatus() with { BytesReceived = _received, BytesSent = _sent };

    /// <inheritdoc/>
    public override async ValueTask CloseAsync()
    {
        await TellEndAsync().ConfigureAwait(false);
        await inner.CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Abort() => inner.Abort();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    /// <inheritdoc/>
    internal override async ValueTask EndSendingAsync()
    {
        await TellEndAsync().ConfigureAwait(false);
        await inner.EndSendingAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    internal override void Lose() => inner.Lose();

    /// <inheritdoc/>
    internal override void HearReset() => inner.HearReset();

    /// <inheritdoc/>
    internal override int Unsent => inner.Unsent;

    /// <inheritdoc/>
    internal override void TimeOut(string key) => inner.TimeOut(key);

    /// <inheritdoc/>
    internal override void Block(string? call) => inner.Block(call);

    /// <summary>
    /// Tells the peer that nothing more comes: without the alert it could not tell the end from a cut (RFC 8446 section 6.1).
    /// </summary>
    private async ValueTask TellEndAsync()
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        try
        {
            await stream.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // A peer that has gone needs no alert, and one to which a send is under way gets no more of anything.
            return;
        }
    }

    /// <summary>
    /// The peer has sent an alert or what cannot be decrypted, or has ended without saying so: an attacker may have cut it off.
    /// </summary>
    private ConnectionClosedException Lost(IOException failure)
    {
        Failure ??= TlsFailedException.Innermost(failure);
        inner.Lose();
        return new ConnectionClosedException($"the encrypted connection is broken: {failure.Message}", failure);
    }
}
