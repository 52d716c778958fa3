using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>The gates before one service. They stay over another map: who is in is counted, and buckets are as full as they were.</summary>
/// <remarks>
/// What needs no look at the client comes first, before it is accepted: the total, the places of the service, its rate. All are taken or none:
/// a service that waits at one limit holds nothing of another.
/// </remarks>
/// <param name="service">The service.</param>
/// <param name="gate">The lock of all gates.</param>
/// <param name="total">The places of the daemon.</param>
/// <param name="terms">What the map says.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ServiceGate(string service, Lock gate, Places total, Terms terms, ILogger logger, TimeProvider time)
{
    private readonly Places _places = new(gate);
    private readonly Deferral _deferral = new(service, logger, time);
    private TokenBucket _bucket;
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
    public void Become(Terms terms)
    {
        lock (gate)
        {
            _terms = terms;
            if (terms.Pace is { } pace)
            {
                _bucket.Fit(pace, time.GetTimestamp());
            }
        }

        if (terms.SourcePace is { } own)
        {
            _sources?.Fit(own, time.GetTimestamp());
        }

        _places.Limit(terms.Admission.MaxConnections);
    }

    /// <summary>Has those ask again who wait here.</summary>
    public void Wake() => _places.Wake();

    /// <summary>The places that are taken, here and elsewhere.</summary>
    public int Taken => _places.Use.Taken;

    /// <summary>Counts the connections that another process has of the service.</summary>
    public void CountElsewhere(int count) => _places.SetElsewhere(count);

    /// <summary>Counts them by source.</summary>
    /// <param name="peers">Their peers as <see cref="LiveConnection.Peer"/> has them, one for each connection.</param>
    public void CountElsewhere(IEnumerable<string> peers)
    {
        var live = peers.Select(SourceOf).OfType<Source>().CountBy(source => source).ToDictionary();
        if (live.Count > 0 || _sources is not null)
        {
            Sources.SetElsewhere(live);
        }
    }

    /// <summary>Takes what a client needs that has not been accepted yet.</summary>
    /// <param name="mayWait">Whether it may wait; otherwise the lease says why nothing was taken.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Null where it had to wait for a change: to be asked again, of the map then in force.</returns>
    public ValueTask<Lease?> EnterAsync(bool mayWait, CancellationToken stopping)
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
            return WaitAsync(stopping);
        }

        return new ValueTask<Lease?>(new Lease(this, refusal, null));
    }

    /// <summary>Judges a client that has been accepted, or has sent the first datagram. A refusal takes nothing with it.</summary>
    public Verdict Judge(Lease lease, in Peer peer)
    {
        if (lease.Refusal.Reason is not null)
        {
            return lease.Refusal;
        }

        var verdict = JudgePeer(lease, peer);
        lease.IsAdmitted = verdict.Reason is null;
        if (!lease.IsAdmitted)
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
                _bucket.GiveBack(pace);
            }

            _places.Release();
            total.Release();
        }
    }

    private SourceTable Sources
    {
        get
        {
            return _sources ?? LazyInitializer.EnsureInitialized(ref _sources, static () => new SourceTable());
        }
    }

    /// <summary>The source of a peer in the words of the record: <c>192.0.2.1:4000</c>, <c>uid:0 pid:5</c>; null where it has none.</summary>
    private Source? SourceOf(string peer)
    {
        Peer? found = IPEndPoint.TryParse(peer, out var end) ? Peer.Of(end.Address)
            : peer.StartsWith("uid:", StringComparison.Ordinal) && uint.TryParse(peer.AsSpan(4, Math.Max(0, peer.IndexOf(' ') - 4)), out var user)
                ? Peer.Of(user, [])
            : null;
        return found?.SourceBy(_terms.Admission.SourcePrefix);
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

        // Counted where nothing limits it as well: the next map may.
        var source = peer.SourceBy(terms.Admission.SourcePrefix);
        var verdict = Sources.Enter(source, terms.SourcePace, terms.MostOf(peer), time.GetTimestamp(), out var level);
        if (verdict.Reason is null)
        {
            lease.Source = (source, level);
        }

        return verdict;
    }

    /// <param name="taken">The pace of the token that was taken; null: there is no rate.</param>
    private Verdict TryEnter(out Pace? taken)
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

            if (_terms.Pace is { } pace && !_bucket.TryTake(pace, time.GetTimestamp()))
            {
                return Verdict.Rate;
            }

            taken = _terms.Pace;
            total.Take();
            _places.Take();
            return Verdict.Admitted;
        }
    }

    private async ValueTask<Lease?> WaitAsync(CancellationToken stopping)
    {
        // What frees something after this line is seen; what freed it before, by the next try.
        var (ofTotal, ofService) = (total.WhenChanged(), _places.WhenChanged());
        var refusal = TryEnter(out var taken);
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
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                await Task.WhenAny(ofService, Task.Delay(UntilToken(), time, cancel.Token)).ConfigureAwait(false);
                await cancel.CancelAsync().ConfigureAwait(false);
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

    private TimeSpan UntilToken()
    {
        lock (gate)
        {
            // A timer that is a little early would only ask again.
            var wait = _terms.Pace is { } pace ? _bucket.Wait(pace, time.GetTimestamp()) : 0;
            return TimeSpan.FromMilliseconds(1 + Math.Ceiling(wait * 1000.0 / time.TimestampFrequency));
        }
    }
}
