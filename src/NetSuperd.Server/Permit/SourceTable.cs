namespace NetSuperd.Server.Permit;

/// <summary>What each source of a service has: live connections, and the bucket of its rate.</summary>
/// <remarks>
/// Overview. Strangers choose how many sources there are, so the table has an end: 65,536 sources have a slot of their own (3 MiB). A
/// source for which there is none shares a slot with its neighbours, and with strangers only where the neighbours have none either: the
/// IPv6 /56, /48 and /32 around it, the IPv4 /24 and /16, each of which is limited like a single source. So a network that fills the table
/// with its addresses shuts out itself. These slots are 4,096 for each width, 0.6 MiB together, and are made when they are needed.
/// </remarks>
internal sealed class SourceTable
{
    private const int MostSets = 8192;
    private const int MostSharedSets = 512;

    // What the sources without a slot share, from the narrowest network to the widest.
    private static readonly (int IPv4, int IPv6)[] Widths = [(24, 56), (16, 48), (8, 32)];

    private readonly Lock _lock = new();
    private readonly SourceSlots _own = new(MostSets);
    private readonly SourceSlots?[] _shared = new SourceSlots?[Widths.Length];
    private SourceSlot _rest;
    private IReadOnlyDictionary<Source, int> _elsewhere = new Dictionary<Source, int>();

    /// <summary>The slots that there are, shared ones included.</summary>
    public int Size => _own.All.Length + _shared.Sum(slots => slots?.All.Length ?? 0);

    /// <summary>Lets one connection of a source in.</summary>
    /// <param name="source">The source.</param>
    /// <param name="pace">How often one source may come in; null: without limit.</param>
    /// <param name="most">How many live connections one may have; null: without limit.</param>
    /// <param name="now">The time.</param>
    /// <param name="level">Whose slot it uses, for <see cref="Leave"/>: 0 its own; above that a shared one.</param>
    public Verdict Enter(Source source, Pace? pace, int? most, long now, out int level)
    {
        lock (_lock)
        {
            ref var slot = ref Find(source, pace, now, out level);
            if (pace is { } own && !slot.Bucket.TryTake(own, now))
            {
                return Verdict.SourceRate;
            }

            if (slot.Live + (level > 0 ? 0 : _elsewhere.GetValueOrDefault(source)) >= most)
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

    /// <summary>Gives back what <see cref="TryTake"/> has taken.</summary>
    public void GiveBack(Source source, Pace pace, int count, long now)
    {
        lock (_lock)
        {
            Find(source, pace, now, out _).Bucket.GiveBack(pace, count);
        }
    }

    /// <summary>Another pace holds: no source waits longer than its bucket takes to fill by that.</summary>
    public void Fit(Pace pace, long now)
    {
        lock (_lock)
        {
            _rest.Bucket.Fit(pace, now);
            foreach (var slots in Levels())
            {
                foreach (ref var slot in slots.All)
                {
                    slot.Bucket.Fit(pace, now);
                }
            }
        }
    }

    /// <summary>A connection of the source has ended, or has not come in after all.</summary>
    /// <param name="source">The source.</param>
    /// <param name="level">What <see cref="Enter"/> said.</param>
    /// <param name="taken">The pace of a token that is given back; null: none is.</param>
    public void Leave(Source source, int level, Pace? taken = null)
    {
        lock (_lock)
        {
            ref var slot = ref _rest;
            if (level <= Widths.Length)
            {
                // A slot with connections is kept, so it is there.
                var slots = level == 0 ? _own : _shared[level - 1]!;
                slot = ref slots[slots.Find(Around(source, level))];
            }

            slot.Live--;
            if (taken is { } pace)
            {
                slot.Bucket.GiveBack(pace);
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

    /// <summary>
    /// What a source has just now, or shares with its neighbours: live connections, tokens, and the time until it gets one.
    /// </summary>
    public (int Live, long? Tokens, long Wait) Look(Source source, Pace? pace, long now)
    {
        lock (_lock)
        {
            var (slot, isOwn) = Peek(source, pace, now);
            var live = slot.Live + (isOwn ? _elsewhere.GetValueOrDefault(source) : 0);
            return pace is { } own ? (live, slot.Bucket.Tokens(own, now), slot.Bucket.Wait(own, now)) : (live, null, 0);
        }
    }

    /// <summary>The most live connections that any source has.</summary>
    /// <param name="withLocal">Whether those of this host count.</param>
    public int MostLive(bool withLocal)
    {
        lock (_lock)
        {
            var most = Math.Max(
                _rest.Live, _elsewhere.Where(pair => withLocal || !pair.Key.IsLocal).Select(pair => pair.Value).DefaultIfEmpty().Max());
            foreach (var slots in Levels())
            {
                foreach (ref readonly var slot in slots.All)
                {
                    if (slot.Live > 0 && (withLocal || !slot.Source.IsLocal))
                    {
                        most = Math.Max(most, slot.Live + (slots == _own ? _elsewhere.GetValueOrDefault(slot.Source) : 0));
                    }
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
            var fewest = _rest.Bucket.Tokens(pace, now);
            foreach (var slots in Levels())
            {
                foreach (ref readonly var slot in slots.All)
                {
                    fewest = Math.Min(fewest, slot.Bucket.Tokens(pace, now));
                }
            }

            return fewest;
        }
    }

    /// <summary>The slot of a source: its own, one that is given to it, or one that it shares.</summary>
    private ref SourceSlot Find(Source source, Pace? pace, long now, out int level)
    {
        level = 0;
        if (_own.FindOrGive(source, pace, now) is var own and >= 0)
        {
            return ref _own[own];
        }

        while (++level <= Widths.Length)
        {
            var slots = _shared[level - 1] ??= new SourceSlots(MostSharedSets);
            if (slots.FindOrGive(Around(source, level), pace, now) is var index and >= 0)
            {
                return ref slots[index];
            }
        }

        return ref _rest;
    }

    /// <summary>What <see cref="Find"/> would give; a new slot is empty.</summary>
    private (SourceSlot Slot, bool IsOwn) Peek(Source source, Pace? pace, long now)
    {
        for (var level = 0; level <= Widths.Length; level++)
        {
            var (slots, key) = (level == 0 ? _own : _shared[level - 1], Around(source, level));
            if (slots is null || slots.Find(key) is not (>= 0 and var index))
            {
                if (slots?.CanGive(key, pace, now) != false)
                {
                    return (default, level == 0);
                }

                continue;
            }

            return (slots[index], level == 0);
        }

        return (_rest, false);
    }

    private IEnumerable<SourceSlots> Levels() => _shared.OfType<SourceSlots>().Prepend(_own);

    private static Source Around(Source source, int level) =>
        level == 0 ? source : source.Around(Widths[level - 1].IPv4, Widths[level - 1].IPv6);
}
