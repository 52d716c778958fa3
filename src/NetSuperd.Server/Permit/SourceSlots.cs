namespace NetSuperd.Server.Permit;

/// <summary>Slots for sources, of a number that has an end, in sets of 8 of which a source belongs to one by its hash.</summary>
/// <remarks>
/// It begins small and doubles while a set has no room. A slot is given to another source only where that changes nothing, or little: one
/// without connections whose bucket is full, or else the fullest; never one with connections or one that is being limited. Nothing runs to
/// clean it up. Not for several threads at once.
/// </remarks>
/// <param name="mostSets">The sets that there are at most, a power of 2 and at least 8.</param>
internal sealed class SourceSlots(int mostSets)
{
    private const int Ways = 8;
    private const int LeastSets = 8;

    private SourceSlot[] _slots = new SourceSlot[LeastSets * Ways];

    /// <summary>The slots that there are.</summary>
    public Span<SourceSlot> All => _slots;

    private bool IsLargest => _slots.Length == mostSets * Ways;

    /// <summary>The slot with an index that <see cref="Find"/> or <see cref="FindOrGive"/> has just given.</summary>
    public ref SourceSlot this[int index] => ref _slots[index];

    /// <summary>The slot of a source; -1 where it has none.</summary>
    public int Find(Source source)
    {
        var start = SetOf(source, _slots.Length);
        for (var i = start; i < start + Ways; i++)
        {
            if (_slots[i].IsUsed && _slots[i].Source == source)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The slot of a source, which is given to it where it has none; -1 where no slot can be given.</summary>
    public int FindOrGive(Source source, Pace? pace, long now)
    {
        while (true)
        {
            var start = SetOf(source, _slots.Length);
            var (best, least) = (-1, long.MaxValue);
            for (var i = start; i < start + Ways; i++)
            {
                ref var slot = ref _slots[i];
                if (slot.IsUsed && slot.Source == source)
                {
                    return i;
                }

                if (CostOf(slot, pace, now) is var cost && cost < least)
                {
                    (best, least) = (i, cost);
                }
            }

            // A slot that is in use is kept as long as the table may grow.
            if (best >= 0 && (least <= 0 || IsLargest))
            {
                _slots[best] = new SourceSlot { Source = source, IsUsed = true };
                return best;
            }

            if (!TryGrow())
            {
                return -1;
            }
        }
    }

    /// <summary>Whether a source that has no slot would get one.</summary>
    public bool CanGive(Source source, Pace? pace, long now)
    {
        var start = SetOf(source, _slots.Length);
        var hasOne = !IsLargest;
        for (var i = start; i < start + Ways && !hasOne; i++)
        {
            hasOne = CostOf(_slots[i], pace, now) < long.MaxValue;
        }

        return hasOne;
    }

    /// <summary>What is lost with a slot: nothing below 1; everything, where it must be kept.</summary>
    private static long CostOf(in SourceSlot slot, Pace? pace, long now) =>
        !slot.IsUsed ? -1
        : slot.Live > 0 || (pace is { } own && slot.Bucket.Wait(own, now) > 0) ? long.MaxValue
        : pace is null ? 0
        : slot.Bucket.Missing(now);

    private bool TryGrow()
    {
        if (IsLargest)
        {
            return false;
        }

        var old = _slots;
        var size = old.Length;
        bool fits;
        do
        {
            size *= 2;
            _slots = new SourceSlot[size];
            fits = old.Where(slot => slot.IsUsed).All(TryPut);
        }
        while (!fits && size < mostSets * Ways);
        if (!fits)
        {
            _slots = old;
        }

        return fits;
    }

    private bool TryPut(SourceSlot slot)
    {
        var start = SetOf(slot.Source, _slots.Length);
        for (var i = start; i < start + Ways; i++)
        {
            if (!_slots[i].IsUsed)
            {
                _slots[i] = slot;
                return true;
            }
        }

        return false;
    }

    // The hash has a seed of its own in every process: no attacker can choose addresses that fall into one set.
    private static int SetOf(Source source, int slots) =>
        (int)((uint)HashCode.Combine(source.Family, source.Address) % (uint)(slots / Ways)) * Ways;
}

/// <summary>What a source has.</summary>
internal struct SourceSlot
{
    /// <summary>The source.</summary>
    public Source Source;

    /// <summary>The bucket of its rate.</summary>
    public TokenBucket Bucket;

    /// <summary>Its live connections.</summary>
    public int Live;

    /// <summary>Whether a source has the slot.</summary>
    public bool IsUsed;
}
