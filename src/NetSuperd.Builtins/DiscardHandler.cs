using System.Buffers;

namespace NetSuperd.Builtins;

/// <summary>Discard (RFC 863): throws away what it receives and never sends a byte, until the client ends its transmission.</summary>
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

    /// <summary>Throws away what is received, until the client ends it.</summary>
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
