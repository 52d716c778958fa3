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

    // So many sources of a network are judged each for itself: the others of the network may be honest neighbours.
    private const int FewSources = 8;

    // How long a source counts as one that comes: as long as the bucket takes to fill, within these bounds.
    private readonly long _leastWindow = 60 * time.TimestampFrequency;
    private readonly long _mostWindow = 3600 * time.TimestampFrequency;

    private readonly Takers _sources = new();
    private readonly Takers _networks = new();
    private TokenBucket _bucket;

    /// <summary>
    /// Takes a token for a client that is not known yet, if one is there; <see cref="Grants"/> says whether it may keep it.
    /// </summary>
    public bool TryTake(Pace pace) => _bucket.TryTake(pace, time.GetTimestamp());

    /// <summary>Takes a token that is not there yet: the next one comes later by that.</summary>
    public void TakeAhead(Pace pace) => _bucket.TakeAhead(pace, time.GetTimestamp());

    /// <summary>Gives back a token that was taken.</summary>
    public void GiveBack(Pace pace) => _bucket.GiveBack(pace);

    /// <summary>Gives back a token that was granted.</summary>
    public void GiveBack(Pace pace, Source source, Source network)
    {
        _bucket.GiveBack(pace);
        _sources.GiveBack(source);
        _networks.GiveBack(network);
    }

    /// <summary>How long it takes until a token is there; 0 where one is.</summary>
    public long Wait(Pace pace) => _bucket.Wait(pace, time.GetTimestamp());

    /// <summary>The tokens that are there.</summary>
    public long Tokens(Pace pace) => _bucket.Tokens(pace, time.GetTimestamp());

    /// <summary>Another rate holds.</summary>
    public void Fit(Pace pace) => _bucket.Fit(pace, time.GetTimestamp());

    /// <summary>Notes that a client has come that gets no token.</summary>
    public void See(Source source, Source network) => See(source, network, time.GetTimestamp());

    /// <summary>Whether a client may keep the token that was taken for it, which counts for its source from then on.</summary>
    public bool Grants(Source source, Source network, Pace pace)
    {
        var now = time.GetTimestamp();
        var missing = _bucket.Missing(now);
        if (missing <= pace.Interval)
        {
            _sources.Clear();
            _networks.Clear();
        }

        var (ofSource, ofNetwork) = See(source, network, now);
        if (Exceeds(ofSource, ofNetwork, missing, pace, now))
        {
            return false;
        }

        var memory = Math.Max(LeastMemory, 2 * (pace.Capacity / pace.Interval));
        _sources.Take(ofSource, memory);
        _networks.Take(ofNetwork, memory);
        return true;
    }

    /// <summary>Whether a client that came now would have to leave a token that is there.</summary>
    public bool Withholds(Source source, Source network, Pace pace)
    {
        var now = time.GetTimestamp();
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
    public bool MayWait(Source source, Source network, Pace pace)
    {
        var now = time.GetTimestamp();
        var (ofSource, ofNetwork) = See(source, network, now);
        return !IsOver(ofSource, ofNetwork, Since(pace, now), others: 1);
    }

    private (int OfSource, int OfNetwork) See(Source source, Source network, long now)
    {
        var ofSource = _sources.See(source, now, out var isNew);
        var ofNetwork = _networks.See(network, now, out _);
        if (isNew)
        {
            _networks.AddSource(ofNetwork);
        }

        return (ofSource, ofNetwork);
    }

    private bool Exceeds(int ofSource, int ofNetwork, long missing, Pace pace, long now) =>
        IsOver(ofSource, ofNetwork, Since(pace, now), others: 0)
        && Math.Max(_sources.PartOf(ofSource), IsMany(ofNetwork) ? _networks.PartOf(ofNetwork) : 0) * missing > pace.Capacity - missing;

    private bool IsOver(int ofSource, int ofNetwork, long since, int others) =>
        _sources.IsOver(ofSource, since, others) || (IsMany(ofNetwork) && _networks.IsOver(ofNetwork, since, others));

    private bool IsMany(int ofNetwork) => _networks.SourcesOf(ofNetwork) > FewSources;

    private long Since(Pace pace, long now) => now - Math.Clamp(pace.Capacity, _leastWindow, _mostWindow);
}
