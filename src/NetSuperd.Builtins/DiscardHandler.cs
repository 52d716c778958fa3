using System.Buffers;

namespace NetSuperd.Builtins;

/// <summary>Discard (RFC 863): discards what it receives until the client ends its transmission, and never sends a byte.</summary>
[Handler("discard")]
public sealed class DiscardHandler : IStreamHandler, IDatagramHandler
{
    private const int BufferBytes = 64 * 1024;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        // RFC 863: no response is sent.
    }

    /// <inheritdoc/>
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => DiscardAsync(connection, stopping);

    /// <summary>Discards what is received, until the client ends its transmission.</summary>
    internal static async Task DiscardAsync(StreamConnection connection, CancellationToken stopping)
    {
        int received;
        do
        {
            await connection.WaitForDataAsync(stopping).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                received = await connection.ReceiveAsync(buffer, stopping).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        while (received > 0);
    }
}
