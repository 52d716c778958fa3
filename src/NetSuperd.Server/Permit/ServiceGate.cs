using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Permit;

/// <summary>The gates before one service. They stay over another map: who is in is counted, and buckets are as full as they were.</summary>
/// <remarks>
/// What needs no look at the client comes first, before it is accepted: the total, the places of the service, its rate. All are taken or none:
/// a service that waits at one limit holds nothing of another. But clients who wait for a token may all be of one source: where many do, they
/// are accepted without one, the source that took the tokens is refused, and another client keeps the loop waiting until its token is there.
/// </remarks>
/// <param name="service">The service.</param>
/// <param name="gate">The lock of all gates.</param>
/// <param name="total">The places of the daemon.</param>
/// <param name="terms">What the map says.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ServiceGate(string service, Lock gate, Places total, Terms terms, ILogger logger, TimeProvider time)
{
    // How long clients wait before the daemon looks again how many there are.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Places _places = new(gate);
    private readonly Deferral _deferral = new(service, logger, time);
    private readonly SharedBucket _bucket = new(time);
    private SourceTable? _sources;
    private volatile Terms _terms = terms;
    private DatagramGate? _datagrams;

    /// <summary>What the map in force says.</summary>
    public Terms Terms => _terms;

    /// <summary>The gates before its datagrams; null where no handler serves any.</summary>
    public DatagramGate? Datagrams => _datagrams;

    /// <summary>The gates before its datagrams, by a map that has a handler serve them.</summary>
    /// <param name="ownPorts">The ports on which the daemon takes datagrams.</param>
    /// <param name="isBuiltin">Whether the handler is a built-in.</param>
    public DatagramGate DatagramsBy(IReadOnlySet<int> ownPorts, bool isBuiltin)
    {
        var terms = DatagramTerms.Of(_terms, ownPorts, isBuiltin, time);
        var datagrams = LazyInitializer.EnsureInitialized(ref _datagrams, () => new DatagramGate(terms, time));
        datagrams.Become(terms);
        return datagrams;
    }

    /// <summary>Whether nothing of it is taken.</summary>
    public bool IsEmpty => _places.IsEmpty;

    /// <summary>Why its clients wait just now: the word of a limit; null where they do not.</summary>
    public string? Deferring => _deferral.Reason;

    /// <summary>Another map is in force. Who is in stays.</summary>
    /// <param name="terms">What it says.</param>
    /// <param name="reach">The peers that can come at all.</param>
    public void Become(Terms terms, Reach reach)
    {
        lock (gate)
        {
            _terms = terms;
            if (terms.Pace is { } pace)
            {
                _bucket.Fit(pace);
            }
        }

        if (terms.SourcePace is { } own)
        {
            _sources?.Fit(own, time.GetTimestamp());
        }

        _places.Limit(terms.Admission.MaxConnections, reach);
    }

    /// <summary>Has those ask again who wait here.</summary>
    public void Wake() => _places.Wake();

    /// <summary>The places that are taken, here and elsewhere.</summary>
    public int Taken => _places.Use.Taken;

    /// <summary>Counts the connections that another process has of the service.</summary>
    public void CountElsewhere(int count) => _places.SetElsewhere(count);

    /// <summary>Counts them by source and by network.</summary>
    /// <param name="peers">One for each connection.</param>
    public void CountElsewhere(IEnumerable<Peer> peers)
    {
        var all = peers.ToList();
        var live = all.Select(peer => peer.SourceBy(_terms.Admission.SourcePrefix)).CountBy(source => source).ToDictionary();
        if (live.Count > 0 || _sources is not null)
        {
            Sources.SetElsewhere(live);
        }

        _places.SetElsewhere([.. all.Select(peer => Networks.Of(peer))]);
    }

    /// <summary>Takes what a client needs that has not been accepted yet.</summary>
    /// <param name="mayWait">Whether it may wait; otherwise the lease says why nothing was taken.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Null where it had to wait for a change: to be asked again, of the map then in force.</returns>
    public ValueTask<Lease?> EnterAsync(bool mayWait, CancellationToken stopping) => EnterAsync(mayWait, null, stopping);

    /// <inheritdoc cref="EnterAsync(bool, CancellationToken)"/>
    /// <param name="mayWait">Whether it may wait; otherwise the lease says why nothing was taken.</param>
    /// <param name="waiting">
    /// Tells how many wait behind it. Where these are more than tokens come in a second, the lease is without a token: the client is accepted to see
    /// who it is. Null where the system does not tell.
    /// </param>
    /// <param name="stopping">Ends the waiting.</param>
    public ValueTask<Lease?> EnterAsync(bool mayWait, Func<int>? waiting, CancellationToken stopping)
    {
        var refusal = TryEnter(out var taken);
        if (refusal.Reason is null)
        {
            _deferral.End();
            return new ValueTask<Lease?>(new Lease(this, default, taken));
        }

        if (_terms.Refuses)
        {
            _deferral.End();
        }
        else if (mayWait)
        {
            return WaitAsync(refusal, waiting, stopping);
        }

        return new ValueTask<Lease?>(new Lease(this, refusal, null));
    }

    /// <summary>Judges a client that has been accepted, or has sent the first datagram. A refusal takes nothing with it.</summary>
    public Verdict Judge(Lease lease, in Peer peer)
    {
        if (lease.Refusal.Reason is not null)
        {
            SeeRefused(lease, peer);
            return lease.Refusal;
        }

        var verdict = JudgePeer(lease, peer);
        lease.IsAdmitted = verdict.Reason is null;
        if (!lease.IsAdmitted && !lease.NeedsToken)
        {
            lease.Dispose();
        }

        return verdict;
    }

    /// <summary>Gives back what a lease holds.</summary>
    public void Release(Lease lease)
    {
        if (lease.Source is { } held)
        {
            Sources.Leave(held.Source, held.Level);
        }

        lock (gate)
        {
            if (!lease.IsAdmitted && lease.Pace is { } pace)
            {
                if (lease.Taker is var (source, network))
                {
                    _bucket.GiveBack(pace, source, network);
                }
                else
                {
                    _bucket.GiveBack(pace);
                }
            }

            _places.Release(lease.Networks);
            total.Release(lease.Networks);
        }
    }

    private SourceTable Sources
    {
        get
        {
            return _sources ?? LazyInitializer.EnsureInitialized(ref _sources, static () => new SourceTable());
        }
    }

    private Verdict JudgePeer(Lease lease, in Peer peer)
    {
        var terms = _terms;
        if (!terms.Rules.Judge(peer).Admits)
        {
            return Verdict.Address;
        }

        if (!terms.IsOpen(time.GetUtcNow()))
        {
            return Verdict.Time;
        }

        var source = peer.SourceBy(terms.Admission.SourcePrefix);
        var networks = Networks.Of(peer);
        if (terms.Pace is { } pace && JudgeShare(lease, pace, source, networks.Wide ?? source) is { Reason: not null } share)
        {
            return share;
        }

        // Counted where nothing limits it as well: the next map may.
        var verdict = Sources.Enter(source, terms.SourcePace, terms.MostOf(peer), time.GetTimestamp(), out var level);
        if (verdict.Reason is not null)
        {
            return verdict;
        }

        if (!TryCount(lease, terms, networks))
        {
            Sources.Leave(source, level, terms.SourcePace);
            return Verdict.SourceLimit;
        }

        lease.Source = (source, level);
        return Verdict.Admitted;
    }

    /// <summary>Counts a connection for its networks, if all of them may have one more.</summary>
    private bool TryCount(Lease lease, Terms terms, in Networks networks)
    {
        lock (gate)
        {
            if (!(terms.NetworksAreUnlimited || (_places.Admits(networks, terms.PerNetwork) && total.Admits(networks, terms.PerNetworkOfDaemon))))
            {
                return false;
            }

            _places.Networks.Enter(networks);
            total.Networks.Enter(networks);
        }

        lease.Networks = networks;
        return true;
    }

    /// <param name="taken">The pace of the token that was taken; null: there is no rate, or none was to be taken.</param>
    /// <param name="withToken">Whether a token is needed.</param>
    private Verdict TryEnter(out Pace? taken, bool withToken = true)
    {
        taken = null;
        lock (gate)
        {
            if (total.IsFull)
            {
                return Verdict.TotalLimit;
            }

            if (_places.IsFull)
            {
                return Verdict.ServiceLimit;
            }

            if (withToken && _terms.Pace is { } pace && !_bucket.TryTake(pace))
            {
                return Verdict.Rate;
            }

            taken = withToken ? _terms.Pace : null;
            total.Take();
            _places.Take();
            return Verdict.Admitted;
        }
    }

    private async ValueTask<Lease?> WaitAsync(Verdict refusal, Func<int>? waiting, CancellationToken stopping)
    {
        if (refusal == Verdict.Rate && IsLong(waiting) && TryEnter(out _, withToken: false).Reason is null)
        {
            return new Lease(this, default, null) { Stopping = stopping };
        }

        // What frees something after this line is seen; what freed it before, by the next try.
        var (ofTotal, ofService) = (total.WhenChanged(), _places.WhenChanged());
        refusal = TryEnter(out var taken);
        if (refusal.Reason is not { } reason)
        {
            _deferral.End();
            return new Lease(this, default, taken);
        }

        _deferral.Begin(reason);
        try
        {
            if (refusal == Verdict.Rate)
            {
                await TokenAsync(ofService, waiting is null ? TimeSpan.MaxValue : LookAgain, stopping).ConfigureAwait(false);
            }
            else
            {
                await (refusal == Verdict.TotalLimit ? ofTotal : ofService).WaitAsync(stopping).ConfigureAwait(false);
            }
        }
        finally
        {
            _deferral.Leave();
        }

        return null;
    }

    /// <summary>Waits until a token may be there for a client that has been accepted without one; it is judged again then.</summary>
    public async ValueTask WhenTokenAsync(Lease lease)
    {
        _deferral.Begin(Verdict.Rate.Reason!);
        await TokenAsync(_places.WhenChanged(), TimeSpan.MaxValue, lease.Stopping!.Value).ConfigureAwait(false);
        _deferral.Leave();
    }

    private async Task TokenAsync(Task changed, TimeSpan most, CancellationToken stopping)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var wait = UntilToken();
        await Task.WhenAny(changed, Task.Delay(wait < most ? wait : most, time, cancel.Token)).ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Whether more wait than a second brings tokens for, and more than two.</summary>
    private bool IsLong(Func<int>? waiting) =>
        waiting is not null && _terms.Pace is { } pace && waiting() > Math.Max(2, time.TimestampFrequency / pace.Interval);

    /// <summary>Notes a client that is refused because no token was there: those who took them leave it some from now on.</summary>
    private void SeeRefused(Lease lease, in Peer peer)
    {
        var terms = _terms;
        if (lease.Refusal == Verdict.Rate && terms.Rules.Judge(peer).Admits)
        {
            var source = peer.SourceBy(terms.Admission.SourcePrefix);
            lock (gate)
            {
                _bucket.See(source, Networks.Of(peer).Wide ?? source);
            }
        }
    }

    /// <summary>Whether the source may have a token, that of the lease or, where it has none, the next one.</summary>
    private Verdict JudgeShare(Lease lease, Pace pace, Source source, Source network)
    {
        lock (gate)
        {
            if (lease is { Pace: null, Stopping: { } stopping })
            {
                if (!_bucket.MayWait(source, network, pace))
                {
                    return Verdict.SourceRate;
                }

                if (stopping.IsCancellationRequested)
                {
                    // It is the only one of its listener, and is not sent away for that.
                    _bucket.TakeAhead(pace);
                }
                else if (!_bucket.TryTake(pace))
                {
                    lease.NeedsToken = true;
                    return Verdict.Rate;
                }

                lease.Pace = pace;
            }

            if (!_bucket.Grants(source, network, pace))
            {
                return Verdict.SourceRate;
            }

            lease.Taker = (source, network);
            return Verdict.Admitted;
        }
    }

    private TimeSpan UntilToken()
    {
        lock (gate)
        {
            // A timer that is a little early would only ask again.
            var wait = _terms.Pace is { } pace ? _bucket.Wait(pace) : 0;
            return TimeSpan.FromMilliseconds(1 + Math.Ceiling(wait * 1000.0 / time.TimestampFrequency));
        }
    }
}
