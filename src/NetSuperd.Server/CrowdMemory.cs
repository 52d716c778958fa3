namespace NetSuperd.Server;

/// <summary>Gives memory back to the system when a crowd of connections has gone.</summary>
/// <remarks>
/// What a connection leaves behind has survived many collections of what is young, and the collector looks for the old only when much is
/// allocated: a daemon that has nothing to do any more would keep the memory of its busiest minute for days.
/// </remarks>
internal sealed class CrowdMemory
{
    private const int Crowd = 256;
    private const long WorthIt = 4 << 20;

    // Looks after a collection without another: a crowd that comes and goes does not cost one each time.
    private const int Rest = 10;

    private long _opened;
    private int _live;
    private long _kept;
    private int _rest;

    /// <summary>To be called every second or so.</summary>
    /// <param name="live">How many connections there are.</param>
    /// <param name="opened">How many there have been.</param>
    public void Look(int live, long opened)
    {
        // Since the last collection: a crowd may have come and gone between two looks.
        var gone = opened - _opened - (live - _live);
        var kept = live <= _live / 2 ? 0 : _kept;
        if (--_rest <= 0 && gone >= Crowd && gone >= live
            && GC.GetTotalMemory(forceFullCollection: false) > kept + Math.Max(WorthIt, kept / 2))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            (_opened, _live, _kept, _rest) = (opened, live, GC.GetTotalMemory(forceFullCollection: false), Rest);
        }
    }
}
