using System.Buffers;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>Sees whether a handler keeps a rented buffer while it waits.</summary>
internal static class BufferUse
{
    /// <summary>
    /// Runs the handler on this thread, and at every wait rents what the shared pool keeps for the thread: the same array each time, unless
    /// the handler still holds it.
    /// </summary>
    public static async Task AssertReturnedBeforeEveryWaitAsync(FakeConnection connection, IStreamHandler handler, int bufferBytes)
    {
        var thread = Environment.CurrentManagedThreadId;
        var waits = 0;
        var known = ArrayPool<byte>.Shared.Rent(bufferBytes);
        ArrayPool<byte>.Shared.Return(known);
        connection.OnWait = () =>
        {
            waits++;
            var rented = ArrayPool<byte>.Shared.Rent(bufferBytes);
            Assert.Same(known, rented);
            ArrayPool<byte>.Shared.Return(rented);
        };
        connection.PeerSends(1);
        connection.PeerSends(2);
        connection.PeerEnds();

        await handler.HandleAsync(connection, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        Assert.Equal(3, waits);
    }
}
