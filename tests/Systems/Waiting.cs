using System.Diagnostics;

namespace NetSuperd.Systems;

/// <summary>What another thread or the system does by itself.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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
