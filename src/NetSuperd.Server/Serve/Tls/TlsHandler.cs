namespace NetSuperd.Server.Serve.Tls;

/// <summary>Serves a client with another handler once the connection is encrypted.</summary>
/// <param name="server">Accepts the client.</param>
/// <param name="inner">The handler, which sees what the client has sent in plain.</param>
internal sealed class TlsHandler(TlsServer server, IStreamHandler inner) : IStreamHandler
{
    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var encrypted = await server.AcceptAsync(connection).ConfigureAwait(false);
        await using (encrypted.ConfigureAwait(false))
        {
            try
            {
                await inner.HandleAsync(encrypted, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                await encrypted.CloseAsync().ConfigureAwait(false);
                throw;
            }

            await encrypted.CloseAsync().ConfigureAwait(false);
        }
    }
}
