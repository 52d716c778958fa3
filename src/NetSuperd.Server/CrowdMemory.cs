namespace NetSuperd.Server;

/// <summary>Gives memory back to the system when a crowd of connections has gone.</summary>
/// <remarks>
/// The objects of long connections have survived many collections of the young generation, and the collector examines the old one only when
/// much is allocated: an idle daemon would keep the memory of its busiest minute for days.
/// </remarks>
internal sealed class CrowdMemory
{
    private const int Crowd = 256;
    private const long WorthIt = 4 << 20;

    // How many calls after a collection do not collect: a crowd that comes and goes does not cost a collection each time.
    private const int CallsBetween = 10;

    private long _opened;
    private int _live;
    private long _kept;
    private int _callsLeft;

    /// <summary>To be called about every second.</summary>
    /// <param name="live">How many connections there are.</param>
    /// <param name="opened">How many there have been.</param>
    public void Check(int live, long opened)
    {
        // Counted since the last collection: a crowd may have come and gone between two calls.
        var gone = opened - _opened - (live - _live);
        var kept = live <= _live / 2 ? 0 : _kept;
        if (--_callsLeft <= 0 && gone >= Crowd && gone >= live
            && GC.GetTotalMemory(forceFullCollection: false) > kept + Math.Max(WorthIt, kept / 2))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            (_opened, _live, _kept, _callsLeft) = (opened, live, GC.GetTotalMemory(forceFullCollection: false), CallsBetween);
        }
    }
}
