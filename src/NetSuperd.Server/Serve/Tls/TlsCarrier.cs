namespace NetSuperd.Server.Serve.Tls;

/// <summary>The connection as the stream below <see cref="System.Net.Security.SslStream"/>.</summary>
/// <remarks>
/// An alert about a certificate is the one thing that SslStream writes with a call that blocks. On the loop of the connections nothing
/// could complete that call: so it is begun here, and is over when the client has taken it or the connection is closed.
/// </remarks>
/// <param name="connection">The connection.</param>
internal sealed class TlsCarrier(StreamConnection connection) : ConnectionStream(connection)
{
    private readonly StreamConnection _connection = connection;

    /// <summary>
    /// Whether the end of the connection has been read. A peer that ends TLS in order says so before that, and nothing is read then.
    /// </summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = base.ReadAsync(buffer, cancellationToken);
        return buffer.IsEmpty ? reading
            : reading.IsCompletedSuccessfully ? new ValueTask<int>(Note(reading.Result))
            : NoteAsync(reading);
    }

    /// <inheritdoc/>
    /// <remarks>It never waits, and never fails.</remarks>
    public override void Write(byte[] buffer, int offset, int count) => _ = SendAlertAsync(buffer.AsMemory(offset, count).ToArray());

    private async ValueTask<int> NoteAsync(ValueTask<int> reading) => Note(await reading.ConfigureAwait(false));

    private int Note(int count)
    {
        HasEnded |= count == 0;
        return count;
    }

    private async Task SendAlertAsync(byte[] alert)
    {
        try
        {
            await _connection.SendAsync(alert).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // A client that has gone, or does not take what was sent before, learns nothing.
            return;
        }
    }
}
