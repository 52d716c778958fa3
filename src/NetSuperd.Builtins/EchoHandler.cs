using System.Buffers;

namespace NetSuperd.Builtins;

/// <summary>Echo (RFC 862): sends every byte back in order, until the client ends its transmission; then closes.</summary>
/// <remarks>
/// A client that does not read its answers is not read from either, so it holds one buffer: a small one, or one of a few large ones.
/// </remarks>
[Handler("echo")]
public sealed class EchoHandler : IStreamHandler, IDatagramHandler
{
    // What most clients send at once.
    private const int SmallBytes = 4 * 1024;

    // Large enough that a bulk transfer is copying and not system calls.
    private const int LargeBytes = 256 * 1024;

    // 8 MiB of all echo services, however many clients do not read. Beyond them a bulk transfer is slower.
    private const int MostLarge = 32;

    private static int _large;

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply) => reply.Send(request.Data);

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var isBulk = false;
        while (true)
        {
            // A connection that waits holds no buffer: most connections wait most of the time. It is here that a stop ends one: what was
            // received goes back first.
            await connection.WaitForDataAsync(stopping).ConfigureAwait(false);
            var isLarge = isBulk && TakeLarge();
            var buffer = ArrayPool<byte>.Shared.Rent(isLarge ? LargeBytes : SmallBytes);
            try
            {
                var received = await connection.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
                if (received == 0)
                {
                    return;
                }

                isBulk = received >= SmallBytes;
                await connection.SendAsync(buffer.AsMemory(0, received), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                if (isLarge)
                {
                    Interlocked.Decrement(ref _large);
                }
            }
        }
    }

    private static bool TakeLarge()
    {
        if (Interlocked.Increment(ref _large) <= MostLarge)
        {
            return true;
        }

        Interlocked.Decrement(ref _large);
        return false;
    }
}
