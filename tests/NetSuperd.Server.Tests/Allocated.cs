namespace NetSuperd.Server.Tests;

/// <summary>What calls have allocated.</summary>
internal static class Allocated
{
    private const int SmallestObject = 24;

    /// <summary>No object for each call. Now and then the runtime allocates some for itself, on whichever thread it is.</summary>
    /// <param name="bytes">How many bytes the thread has allocated.</param>
    /// <param name="calls">For how many calls.</param>
    public static void NothingForEach(long bytes, int calls) => Assert.InRange(bytes, 0, (SmallestObject * calls) - 1);
}
