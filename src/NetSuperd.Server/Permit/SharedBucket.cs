namespace NetSuperd.Server.Permit;

/// <summary>The bucket of a service's <c>rate</c>, of which no source may keep others out.</summary>
/// <remarks>
/// A source that comes alone may take every token. Once another source has come, one that has already taken more than an equal part of the
/// tokens that are missing may take no more of them than it leaves: of what is missing, its part is at most what is there. So a source that
/// stays within the rate is not refused, one that asks for more gets all that others do not want, and the bucket always has tokens for
/// these. The same holds for a network (IPv4 /24, IPv6 /48, this host) of which more than a few sources come: many addresses of one network
/// are not many sources. Not for several threads at once.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class SharedBucket(TimeProvider time)
{
    private const int LeastMemory = 32;

    // This many sources of a network are judged each for itself: they may be honest neighbours.
    private const int FewSources = 8;

    // How long a source counts as one that comes: as long as the bucket takes to fill, within these bounds.
    private readonly long _leastWindow = 60 * time.TimestampFrequency;
    private readonly long _mostWindow = 3600 * time.TimestampFrequency;

    private readonly Takers _sources = new();
    private readonly Takers _networks = new();
    private TokenBucket _bucket;

    /// <summary>Takes a token, also one that is not there yet: then the next one comes later.</summary>
    public void Take(Pace pace, long now) => _bucket.Take(pace, now);

    /// <summary>Gives back a token that was taken.</summary>
    public void GiveBack(Pace pace) => _bucket.GiveBack(pace);

    /// <summary>How long it takes until a token is there; 0 where one is.</summary>
    public long Wait(Pace pace, long now) => _bucket.Wait(pace, now);

    /// <summary>The tokens that are there.</summary>
    public long Tokens(Pace pace, long now) => _bucket.Tokens(pace, now);

    /// <summary>Applies another rate.</summary>
    public void Apply(Pace pace, long now) => _bucket.Apply(pace, now);

    /// <summary>Notes that a client has come.</summary>
    /// <returns>The entries of its source and its network, until the next client comes.</returns>
    public (int OfSource, int OfNetwork) See(Source source, Source network, long now)
    {
        var ofSource = _sources.See(source, now, out var isNew);
        var ofNetwork = _networks.See(network, now, out _);
        if (isNew)
        {
            _networks.AddSource(ofNetwork);
        }

        return (ofSource, ofNetwork);
    }

    /// <summary>Notes that a client has come, and says whether it may have a token.</summary>
    /// <param name="source">Its source.</param>
    /// <param name="network">The network around that.</param>
    /// <param name="pace">The rate.</param>
    /// <param name="now">The time.</param>
    /// <param name="isTaken">Whether the token has been taken already.</param>
    /// <param name="entries">For <see cref="Count"/>.</param>
    public bool Grants(Source source, Source network, Pace pace, long now, bool isTaken, out (int OfSource, int OfNetwork) entries)
    {
        var missing = _bucket.Missing(now) + (isTaken ? 0 : pace.Interval);
        if (missing <= pace.Interval)
        {
            _sources.Clear();
            _networks.Clear();
        }

        entries = See(source, network, now);
        return !Exceeds(entries.OfSource, entries.OfNetwork, missing, pace, now);
    }

    /// <summary>Counts a token for a source and its network, before the next client comes.</summary>
    public void Count((int OfSource, int OfNetwork) entries, Pace pace)
    {
        var memory = Math.Max(LeastMemory, 2 * pace.Burst);
        _sources.Take(entries.OfSource, memory);
        _networks.Take(entries.OfNetwork, memory);
    }

    /// <summary>Whether a client that came now would have to leave a token that is there. Notes nothing.</summary>
    public bool Withholds(Source source, Source network, Pace pace, long now)
    {
        var missing = _bucket.Missing(now) + pace.Interval;
        return missing > pace.Interval
            && _sources.Find(source) is >= 0 and var ofSource
            && _networks.Find(network) is >= 0 and var ofNetwork
            && Exceeds(ofSource, ofNetwork, missing, pace, now);
    }

    /// <summary>
    /// Whether a client may wait for a token while many wait behind it that the daemon does not know: one more source is taken to be among
    /// them.
    /// </summary>
    public bool MayWait(Source source, Source network, Pace pace, long now)
    {
        var (ofSource, ofNetwork) = See(source, network, now);
        return !IsOver(ofSource, ofNetwork, Since(pace, now), others: 1);
    }

    private bool Exceeds(int ofSource, int ofNetwork, long missing, Pace pace, long now) =>
        IsOver(ofSource, ofNetwork, Since(pace, now), others: 0)
        && Math.Max(_sources.PartOf(ofSource), IsMany(ofNetwork) ? _networks.PartOf(ofNetwork) : 0) * missing > pace.Capacity - missing;

    private bool IsOver(int ofSource, int ofNetwork, long since, int others) =>
        _sources.IsOver(ofSource, since, others) || (IsMany(ofNetwork) && _networks.IsOver(ofNetwork, since, others));

    private bool IsMany(int ofNetwork) => _networks.SourcesOf(ofNetwork) > FewSources;

    private long Since(Pace pace, long now) => now - Math.Clamp(pace.Capacity, _leastWindow, _mostWindow);
}
