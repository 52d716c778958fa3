using System.Text;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>What ends a handler that waits for its client: the stop of the daemon, and its own timeout.</summary>
internal static class HandlerStop
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Holds that a handler that waits for its client ends by the token.</summary>
    public static async Task AssertEndsByTheTokenAsync(IStreamHandler handler, FakeConnection connection)
    {
        using var stopping = new CancellationTokenSource();
        var handling = handler.HandleAsync(connection, stopping.Token);
        await connection.Idle.Task.WaitAsync(Patience, Cancel);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handling.WaitAsync(Patience, Cancel));
    }

    /// <summary>Holds that a handler waits a time for the rest of what its client has begun to send, and then ends silently.</summary>
    public static async Task AssertEndsAfterAsync(IStreamHandler handler, FakeTimeProvider clock, TimeSpan time, string begun)
    {
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.ASCII.GetBytes(begun));
        var handling = handler.HandleAsync(connection, Cancel);
        await connection.Idle.Task.WaitAsync(Patience, Cancel);

        clock.Advance(time - TimeSpan.FromSeconds(1));
        Assert.False(handling.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        await handling.WaitAsync(Patience, Cancel);
        Assert.Empty(connection.Sent);
    }
}
