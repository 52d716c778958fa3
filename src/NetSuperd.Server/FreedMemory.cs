namespace NetSuperd.Server;

/// <summary>Gives memory back to the system when a crowd of connections has gone, or a plugin.</summary>
/// <remarks>
/// The objects of long connections and of plugins have survived many collections of the young generation, and the collector examines the
/// old one only when much is allocated: an idle daemon would keep the memory of its busiest minute, or of ten reloads, for days.
/// </remarks>
internal sealed class FreedMemory
{
    private const int Crowd = 256;
    private const long WorthIt = 4 << 20;

    // How many calls after a collection do not collect: a crowd that comes and goes does not cost a collection each time.
    private const int CallsBetween = 10;

    // The runtime frees a plugin in steps: its objects, then what keeps its code, then the code.
    private const int StepsOfPlugin = 3;

    private long _opened;
    private int _live;
    private long _kept;
    private int _callsLeft;
    private int _unloaded;
    private int _stepsLeft;

    /// <summary>To be called about every second.</summary>
    /// <param name="live">How many connections there are.</param>
    /// <param name="opened">How many there have been.</param>
    /// <param name="unloaded">How many plugins have been unloaded.</param>
    public void Check(int live, long opened, int unloaded)
    {
        (_stepsLeft, _unloaded) = (unloaded == _unloaded ? Math.Max(0, _stepsLeft - 1) : StepsOfPlugin, unloaded);

        // Counted since the last collection: a crowd may have come and gone between two calls.
        var gone = opened - _opened - (live - _live);
        var kept = live <= _live / 2 ? 0 : _kept;
        var hasCrowdGone = --_callsLeft <= 0 && gone >= Crowd && gone >= live
            && GC.GetTotalMemory(forceFullCollection: false) > kept + Math.Max(WorthIt, kept / 2);
        if (hasCrowdGone || _stepsLeft > 0)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            (_opened, _live, _kept, _callsLeft) = (opened, live, GC.GetTotalMemory(forceFullCollection: false), CallsBetween);
        }
    }
}
