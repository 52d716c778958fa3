namespace NetSuperd.Server.Serve.Tls;

/// <summary>The connection as the stream below <see cref="System.Net.Security.SslStream"/>.</summary>
/// <remarks>
/// An alert about a certificate is the one thing that SslStream writes with a call that blocks. On the loop of the connections nothing
/// could complete that call: so it is begun here, and is over when the client has taken it or the connection is closed.
/// </remarks>
/// <param name="connection">The connection.</param>
internal sealed class TlsCarrier(StreamConnection connection) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ReceiveAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.SendAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>It never waits, and never fails.</remarks>
    public override void Write(byte[] buffer, int offset, int count) => _ = SendAlertAsync(buffer.AsMemory(offset, count).ToArray());

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task SendAlertAsync(byte[] alert)
    {
        try
        {
            await connection.SendAsync(alert).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // A client that has gone, or does not take what was sent before, learns nothing.
            return;
        }
    }
}
