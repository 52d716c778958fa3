using System.Buffers;

namespace NetSuperd.Builtins;

/// <summary>Echo (RFC 862): sends every byte back in order, until the client ends its transmission; then closes.</summary>
/// <remarks>
/// The handler reads nothing from a client that does not read its answers, so that client holds one buffer: a small one, or one of a few
/// large ones.
/// </remarks>
[Handler("echo")]
public sealed class EchoHandler : IStreamHandler, IDatagramHandler
{
    // Most clients send no more than this at once.
    private const int SmallBytes = 4 * 1024;

    // Large enough that a bulk transfer spends its time on copying, not on system calls.
    private const int LargeBytes = 256 * 1024;

    // 8 MiB for all echo services, however many clients do not read. Further bulk transfers are slower.
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
            // A waiting connection holds no buffer, and most connections wait most of the time. A stop ends a connection here, after
            // received bytes have been sent back.
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
