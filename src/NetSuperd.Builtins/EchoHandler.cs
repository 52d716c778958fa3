using System.Buffers;

namespace NetSuperd.Builtins;

/// <summary>Echo (RFC 862): sends every byte back in order, until the client ends its transmission; then closes.</summary>
/// <remarks>A client that does not read its answers is not read from either, so it costs one buffer.</remarks>
[Handler("echo")]
public sealed class EchoHandler : IStreamHandler, IDatagramHandler
{
    // Large enough that a bulk transfer is copying and not system calls; a client that does not read holds one.
    private const int BufferBytes = 128 * 1024;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply) => reply.Send(request.Data);

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            // A connection that waits holds no buffer: most connections wait most of the time. It is here that a stop ends one: what was
            // received goes back first.
            await connection.WaitForDataAsync(stopping).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                var received = await connection.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
                if (received == 0)
                {
                    return;
                }

                await connection.SendAsync(buffer.AsMemory(0, received), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
