using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>The stop of the daemon, as a handler sees it.</summary>
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
}
