namespace NetSuperd.Server.Permit;

/// <summary>What each source of a service has: live connections, and the bucket of its rate.</summary>
/// <remarks>
/// Overview. Strangers choose how many sources there are, so the table has an end: 65,536 slots, 3 MiB, in sets of 8 of which an address
/// belongs to one by its hash. It begins small and doubles while a set has no room. A slot is given to another source only where that changes
/// nothing, or little: one without connections whose bucket is full, or else the fullest; never one with connections or one that is being
/// limited. A source for which there is no slot shares one with all others of that kind: it is limited like a single source. Nothing runs to
/// clean it up.
/// </remarks>
internal sealed class SourceTable
{
    private const int Ways = 8;
    private const int LeastSets = 8;
    private const int MostSets = 8192;

    private readonly Lock _lock = new();
    private Slot[] _slots = new Slot[LeastSets * Ways];
    private Slot _shared;
    private IReadOnlyDictionary<Source, int> _elsewhere = new Dictionary<Source, int>();

    /// <summary>The slots that there are.</summary>
    public int Size => _slots.Length;

    /// <summary>Lets one connection of a source in.</summary>
    /// <param name="source">The source.</param>
    /// <param name="pace">How often one source may come in; null: without limit.</param>
    /// <param name="most">How many live connections one may have; null: without limit.</param>
    /// <param name="now">The time.</param>
    /// <param name="isShared">Whether it has no slot of its own, for <see cref="Leave"/>.</param>
    public Verdict Enter(Source source, Pace? pace, int? most, long now, out bool isShared)
    {
        lock (_lock)
        {
            ref var slot = ref Find(source, pace, now, out isShared);
            if (pace is { } own && !slot.Bucket.TryTake(own, now))
            {
                return Verdict.SourceRate;
            }

            if (slot.Live + (isShared ? 0 : _elsewhere.GetValueOrDefault(source)) >= most)
            {
                if (pace is { } taken)
                {
                    slot.Bucket.GiveBack(taken);
                }

                return Verdict.SourceLimit;
            }

            slot.Live++;
            return Verdict.Admitted;
        }
    }

    /// <summary>Takes tokens of a source, where nothing lives that would be counted.</summary>
    /// <returns>Whether so many were there.</returns>
    public bool TryTake(Source source, Pace pace, int count, long now)
    {
        lock (_lock)
        {
            return Find(source, pace, now, out _).Bucket.TryTake(pace, now, count);
        }
    }

    /// <summary>Another pace holds: no source waits longer than its bucket takes to fill by that.</summary>
    public void Fit(Pace pace, long now)
    {
        lock (_lock)
        {
            _shared.Bucket.Fit(pace, now);
            foreach (ref var slot in _slots.AsSpan())
            {
                slot.Bucket.Fit(pace, now);
            }
        }
    }

    /// <summary>A connection of the source has ended.</summary>
    public void Leave(Source source, bool isShared)
    {
        lock (_lock)
        {
            if (isShared)
            {
                _shared.Live--;
            }
            else if (IndexOf(source) is var index and >= 0)
            {
                _slots[index].Live--;
            }
        }
    }

    /// <summary>Sets what sources have in another process.</summary>
    public void SetElsewhere(IReadOnlyDictionary<Source, int> live)
    {
        lock (_lock)
        {
            _elsewhere = live;
        }
    }

    /// <summary>What a source has just now, or shares with those that have no slot: live connections, tokens, and the time until it gets one.</summary>
    public (int Live, long? Tokens, long Wait) Look(Source source, Pace? pace, long now)
    {
        lock (_lock)
        {
            var index = IndexOf(source);
            var isShared = index < 0 && !HasSlotFor(source, pace, now);
            var slot = isShared ? _shared : index < 0 ? default : _slots[index];
            var live = slot.Live + (isShared ? 0 : _elsewhere.GetValueOrDefault(source));
            return pace is { } own ? (live, slot.Bucket.Tokens(own, now), slot.Bucket.Wait(own, now)) : (live, null, 0);
        }
    }

    /// <summary>The most live connections that any source has.</summary>
    /// <param name="withLocal">Whether those of this host count.</param>
    public int MostLive(bool withLocal)
    {
        lock (_lock)
        {
            var most = Math.Max(_shared.Live, _elsewhere.Where(pair => withLocal || !pair.Key.IsLocal).Select(pair => pair.Value).DefaultIfEmpty().Max());
            foreach (ref readonly var slot in _slots.AsSpan())
            {
                if (slot.Live > 0 && (withLocal || !slot.Source.IsLocal))
                {
                    most = Math.Max(most, slot.Live + _elsewhere.GetValueOrDefault(slot.Source));
                }
            }

            return most;
        }
    }

    /// <summary>The fewest tokens that any source has.</summary>
    public long FewestTokens(Pace pace, long now)
    {
        lock (_lock)
        {
            var fewest = _shared.Bucket.Tokens(pace, now);
            foreach (ref readonly var slot in _slots.AsSpan())
            {
                fewest = Math.Min(fewest, slot.Bucket.Tokens(pace, now));
            }

            return fewest;
        }
    }

    /// <summary>The slot of a source: its own, one that is given to it, or the shared one.</summary>
    private ref Slot Find(Source source, Pace? pace, long now, out bool isShared)
    {
        isShared = false;
        while (true)
        {
            var start = SetOf(source, _slots.Length);
            var (found, best, least) = (-1, -1, long.MaxValue);
            for (var i = start; i < start + Ways && found < 0; i++)
            {
                ref var slot = ref _slots[i];
                if (slot.IsUsed && slot.Source == source)
                {
                    found = i;
                }
                else if (CostOf(slot, pace, now) is var cost && cost < least)
                {
                    (best, least) = (i, cost);
                }
            }

            if (found >= 0)
            {
                return ref _slots[found];
            }

            // A slot that says something is kept as long as the table may grow.
            if (best >= 0 && (least <= 0 || _slots.Length == MostSets * Ways))
            {
                _slots[best] = new Slot { Source = source, IsUsed = true };
                return ref _slots[best];
            }

            if (!TryGrow())
            {
                isShared = true;
                return ref _shared;
            }
        }
    }

    /// <summary>Whether a source that has none would get a slot.</summary>
    private bool HasSlotFor(Source source, Pace? pace, long now)
    {
        var start = SetOf(source, _slots.Length);
        var hasOne = _slots.Length < MostSets * Ways;
        for (var i = start; i < start + Ways && !hasOne; i++)
        {
            hasOne = CostOf(_slots[i], pace, now) < long.MaxValue;
        }

        return hasOne;
    }

    /// <summary>What is lost with a slot: nothing below 1; everything, where it must be kept.</summary>
    private static long CostOf(in Slot slot, Pace? pace, long now) =>
        !slot.IsUsed ? -1
        : slot.Live > 0 || (pace is { } own && slot.Bucket.Wait(own, now) > 0) ? long.MaxValue
        : pace is null ? 0
        : slot.Bucket.Missing(now);

    private bool TryGrow()
    {
        if (_slots.Length == MostSets * Ways)
        {
            return false;
        }

        var old = _slots;
        var size = old.Length;
        bool fits;
        do
        {
            size *= 2;
            _slots = new Slot[size];
            fits = old.Where(slot => slot.IsUsed).All(TryPlace);
        }
        while (!fits && size < MostSets * Ways);
        if (!fits)
        {
            _slots = old;
        }

        return fits;
    }

    private bool TryPlace(Slot slot)
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

    private int IndexOf(Source source)
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

    // The hash has a seed of its own in every process: nobody can choose addresses that fall into one set.
    private static int SetOf(Source source, int slots) => (int)((uint)HashCode.Combine(source.Family, source.Address) % (uint)(slots / Ways)) * Ways;

    private struct Slot
    {
        public Source Source;
        public TokenBucket Bucket;
        public int Live;
        public bool IsUsed;
    }
}
