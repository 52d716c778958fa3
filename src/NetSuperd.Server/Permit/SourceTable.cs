namespace NetSuperd.Server.Permit;

/// <summary>What each source of a service has: live connections, and the bucket of its rate.</summary>
/// <remarks>
/// Overview. Strangers choose how many sources there are, so the table has an end: 65,536 sources have a slot of their own (3 MiB). A
/// source for which there is none shares a slot with its neighbours, and with strangers only where the neighbours have none either: the
/// IPv6 /56, /48 and /32 around it, the IPv4 /24 and /16, each of which is limited like a single source. So a network that fills the table
/// with its addresses shuts out itself. These slots are 4,096 for each width, 0.6 MiB together, and are made when they are needed. Not for
/// several threads at once.
/// </remarks>
internal sealed class SourceTable
{
    private const int MostSets = 8192;
    private const int MostSharedSets = 512;

    // What the sources without a slot share, from the narrowest network to the widest.
    private static readonly (int IPv4, int IPv6)[] Widths = [(24, 56), (16, 48), (8, 32)];

    private readonly SourceSlots _own = new(MostSets);
    private readonly SourceSlots?[] _shared = new SourceSlots?[Widths.Length];
    private SourceSlot _rest;
    private IReadOnlyDictionary<Source, int> _elsewhere = new Dictionary<Source, int>();

    /// <summary>The slots that there are, shared ones included.</summary>
    public int Size => _own.All.Length + _shared.Sum(slots => slots?.All.Length ?? 0);

    /// <summary>The slot of a source: its own, one that is given to it, or one that it shares.</summary>
    /// <param name="source">The source.</param>
    /// <param name="pace">By which its bucket fills; null: it has no rate.</param>
    /// <param name="now">The time.</param>
    public SlotIndex Find(Source source, Pace? pace, long now)
    {
        if (_own.FindOrGive(source, pace, now) is var own and >= 0)
        {
            return new SlotIndex(0, own);
        }

        for (var level = 1; level <= Widths.Length; level++)
        {
            var slots = _shared[level - 1] ??= new SourceSlots(MostSharedSets);
            if (slots.FindOrGive(Around(source, level), pace, now) is var index and >= 0)
            {
                return new SlotIndex(level, index);
            }
        }

        return new SlotIndex(Widths.Length + 1, 0);
    }

    /// <summary>The slot of an index, until the next one is looked for.</summary>
    public ref SourceSlot At(SlotIndex index)
    {
        if (index.Level > Widths.Length)
        {
            return ref _rest;
        }

        return ref (index.Level == 0 ? _own : _shared[index.Level - 1]!)[index.Index];
    }

    /// <summary>The live connections in another process of a source whose slot has this level.</summary>
    public int Elsewhere(in Source source, int level) => level > 0 || _elsewhere.Count == 0 ? 0 : _elsewhere.GetValueOrDefault(source);

    /// <summary>Takes tokens of a source, where nothing lives that would be counted.</summary>
    /// <returns>Whether so many were there.</returns>
    public bool TryTake(Source source, Pace pace, int count, long now) => At(Find(source, pace, now)).Bucket.TryTake(pace, now, count);

    /// <summary>Gives back what <see cref="TryTake"/> has taken.</summary>
    public void GiveBack(Source source, Pace pace, int count, long now) => At(Find(source, pace, now)).Bucket.GiveBack(pace, count);

    /// <summary>Another pace holds: no source waits longer than its bucket takes to fill by that.</summary>
    public void Apply(Pace pace, long now)
    {
        _rest.Bucket.Apply(pace, now);
        foreach (var slots in Levels())
        {
            foreach (ref var slot in slots.All)
            {
                slot.Bucket.Apply(pace, now);
            }
        }
    }

    /// <summary>A connection of the source has ended.</summary>
    /// <param name="source">The source.</param>
    /// <param name="level">The level of the slot that counted it.</param>
    public void Leave(Source source, int level)
    {
        // A slot with connections is kept, so it is there.
        var index = level > Widths.Length ? 0 : (level == 0 ? _own : _shared[level - 1]!).Find(Around(source, level));
        At(new SlotIndex(level, index)).Live--;
    }

    /// <summary>Sets what sources have in another process.</summary>
    public void SetElsewhere(IReadOnlyDictionary<Source, int> live) => _elsewhere = live;

    /// <summary>What a source would have in the slot that <see cref="Find"/> would give it; a new slot is empty.</summary>
    public (int Live, TokenBucket Bucket) Peek(Source source, Pace? pace, long now)
    {
        for (var level = 0; level <= Widths.Length; level++)
        {
            var (slots, key) = (level == 0 ? _own : _shared[level - 1], Around(source, level));
            if (slots?.Find(key) is >= 0 and var index)
            {
                return (slots[index].Live + Elsewhere(source, level), slots[index].Bucket);
            }

            if (slots?.CanGive(key, pace, now) != false)
            {
                return (Elsewhere(source, level), default);
            }
        }

        return (_rest.Live, _rest.Bucket);
    }

    /// <summary>The most live connections that any source has.</summary>
    /// <param name="withLocal">Whether those of this host count.</param>
    public int MostLive(bool withLocal)
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

    /// <summary>The fewest tokens that any source has.</summary>
    public long FewestTokens(Pace pace, long now)
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

    private IEnumerable<SourceSlots> Levels() => _shared.OfType<SourceSlots>().Prepend(_own);

    private static Source Around(Source source, int level) =>
        level == 0 ? source : source.Around(Widths[level - 1].IPv4, Widths[level - 1].IPv6);
}

/// <summary>Where the slot of a source is.</summary>
/// <param name="Level">Whose slot it is: 0 its own; above that one that it shares.</param>
/// <param name="Index">Which of them.</param>
internal readonly record struct SlotIndex(int Level, int Index);
