using System.Diagnostics;

namespace NetSuperd.Native.Tests;

/// <summary>What the kernel does by itself, and reports only when it is asked.</summary>
internal static class Polling
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var began = Stopwatch.GetTimestamp(); !condition(); await Task.Yield())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"in {Patience}: {what}");
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
