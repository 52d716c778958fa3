namespace NetSuperd.Server.Permit;

/// <summary>
/// The sources, or the networks, that took most of the tokens of a bucket since it was full, and those that came of late.
/// </summary>
/// <remarks>
/// A fixed number of entries is enough: a source without an entry has taken few. Where all are used, the entry that took least goes, and of
/// those the one that came longest ago. Not for several threads at once.
/// </remarks>
internal sealed class Takers
{
    private const int Entries = 32;

    private readonly Taker[] _takers = new Taker[Entries];
    private int _total;

    /// <summary>Notes that a client of a source has come.</summary>
    /// <param name="source">The source, or the network.</param>
    /// <param name="now">The time.</param>
    /// <param name="isNew">Whether it had no entry.</param>
    /// <returns>Its entry, for the other calls until the next one has come.</returns>
    public int See(Source source, long now, out bool isNew)
    {
        isNew = false;
        var free = 0;
        for (var i = 0; i < Entries; i++)
        {
            ref var taker = ref _takers[i];
            if (taker.IsUsed && taker.Source == source)
            {
                taker.Seen = now;
                return i;
            }

            ref readonly var best = ref _takers[free];
            if (best.IsUsed && (!taker.IsUsed || taker.Count < best.Count || (taker.Count == best.Count && taker.Seen < best.Seen)))
            {
                free = i;
            }
        }

        isNew = true;
        _total -= _takers[free].Count;
        _takers[free] = new Taker { Source = source, Seen = now, IsUsed = true };
        return free;
    }

    /// <summary>The entry of a source; -1 where it has none.</summary>
    public int Find(Source source) => Array.FindIndex(_takers, taker => taker.IsUsed && taker.Source == source);

    /// <summary>Whether one more token would be more than an equal part for the entry; its first is not.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="since">Parts are for those that have come since then.</param>
    /// <param name="others">And for so many more.</param>
    public bool IsOver(int entry, long since, int others)
    {
        var (count, parts) = (_takers[entry].Count, others);
        foreach (ref readonly var taker in _takers.AsSpan())
        {
            parts += taker.IsUsed && taker.Seen >= since ? 1 : 0;
        }

        return count > 0 && (count + 1L) * parts > _total + 1;
    }

    /// <summary>A source of the network has come that had no entry of its own.</summary>
    public void AddSource(int entry) => _takers[entry].Sources++;

    /// <summary>How many sources of the network have come, those counted again that came again after many others.</summary>
    public int SourcesOf(int entry) => _takers[entry].Sources;

    /// <summary>What part of all tokens the entry would have with one more.</summary>
    public double PartOf(int entry) => (_takers[entry].Count + 1.0) / (_total + 1);

    /// <summary>The entry takes a token. What was taken long ago counts less and less.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="most">How many tokens are remembered.</param>
    public void Take(int entry, long most)
    {
        _takers[entry].Count++;
        if (++_total > most)
        {
            _total = 0;
            foreach (ref var taker in _takers.AsSpan())
            {
                taker.Count /= 2;
                taker.Sources /= 2;
                _total += taker.Count;
            }
        }
    }

    /// <summary>The bucket was full: nothing of it is missing.</summary>
    public void Clear()
    {
        if (_total > 0)
        {
            _total = 0;
            foreach (ref var taker in _takers.AsSpan())
            {
                (taker.Count, taker.Sources) = (0, 0);
            }
        }
    }

    private struct Taker
    {
        public Source Source;
        public long Seen;
        public int Count;
        public int Sources;
        public bool IsUsed;
    }
}
