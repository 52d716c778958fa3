using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>The gates before one service. They stay over another map: who is in is counted, and buckets are as full as they were.</summary>
/// <remarks>
/// What needs no look at the client comes first, before it is accepted: the total, the places of the service, its rate. All are taken or
/// none: a service that waits at one limit holds nothing of another. But clients who wait for a token may all be of one source: where many
/// do, they are accepted without one, the source that took the tokens is refused, and another client keeps its listener waiting until its
/// token is there.
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
    private readonly SharedBucket _bucket = new(time);
    private SourceTable? _sources;
    private volatile Terms _terms = terms;
    private DatagramGate? _datagrams;
    private volatile bool _isDraining;

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

    /// <summary>From now on no client comes in.</summary>
    public void Drain() => _isDraining = true;

    /// <summary>Has the queues ask again that wait here.</summary>
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
    /// <param name="wait">
    /// With what its queue waits at a limit, and is woken then; null: it does not wait, and the lease says why nothing was taken.
    /// </param>
    /// <returns>Null where the queue waits, or would have to and is empty.</returns>
    public Lease? TryEnter(GateWait? wait)
    {
        var refusal = TryTake(out var taken);
        if (refusal.Reason is null)
        {
            _deferral.End();
            return new Lease(this, default, taken);
        }

        if (_terms.Refuses)
        {
            _deferral.End();
        }
        else if (wait is not null)
        {
            return Defer(wait, refusal);
        }

        return new Lease(this, refusal, null);
    }

    /// <summary>Judges a client that has been accepted.</summary>
    /// <param name="lease">What was taken for the client.</param>
    /// <param name="record">Its record.</param>
    /// <param name="socket">The connection; the system tells the groups of a unix peer.</param>
    /// <param name="mayWait">
    /// Whether it may wait for a token where none was taken for it; otherwise it gets the next one ahead of time.
    /// </param>
    public Verdict Judge(Lease lease, ConnectionRecord record, SafeHandle socket, bool mayWait = true)
    {
        if (_isDraining)
        {
            lease.NeedsToken = false;
            lease.Dispose();
            return Verdict.Draining;
        }

        return Judge(lease, record.Peer is IPEndPoint ip
            ? Peer.Of(ip.Address)
            : Peer.Of(record.Credentials?.Uid, _terms.Rules.AskForGroups ? PeerCredentials.GroupsOf(socket) : []), mayWait);
    }

    /// <summary>Judges a client that has been accepted, or has sent the first datagram. A refusal takes nothing with it.</summary>
    /// <param name="lease">What was taken for the client.</param>
    /// <param name="peer">The client.</param>
    /// <param name="mayWait">
    /// Whether it may wait for a token where none was taken for it; otherwise it gets the next one ahead of time.
    /// </param>
    public Verdict Judge(Lease lease, in Peer peer, bool mayWait = true)
    {
        if (lease.Refusal.Reason is not null)
        {
            SeeRefused(lease, peer);
            return lease.Refusal;
        }

        lease.NeedsToken = false;
        var verdict = JudgePeer(lease, peer, mayWait);
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
        lock (gate)
        {
            if (lease.Source is { } held)
            {
                Sources.Leave(held.Source, held.Level);
            }

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

    private Verdict JudgePeer(Lease lease, in Peer peer, bool mayWait)
    {
        var terms = _terms;
        if (!terms.Rules.Judge(peer).Admits)
        {
            return Verdict.Address;
        }

        if (!terms.IsOpen(time))
        {
            return Verdict.Time;
        }

        var source = peer.SourceBy(terms.Admission.SourcePrefix);
        var networks = Networks.Of(peer);
        lock (gate)
        {
            if (terms.Pace is { } pace && JudgeShare(lease, pace, source, networks.Wide ?? source, mayWait) is { Reason: not null } share)
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
    }

    /// <summary>Counts a connection for its networks, if all of them may have one more. Under the lock.</summary>
    private bool TryCount(Lease lease, Terms terms, in Networks networks)
    {
        if (!(terms.NetworksAreUnlimited
            || (_places.Admits(networks, terms.PerNetwork) && total.Admits(networks, terms.PerNetworkOfDaemon))))
        {
            return false;
        }

        _places.Networks.Enter(networks);
        total.Networks.Enter(networks);
        lease.Networks = networks;
        return true;
    }

    /// <param name="taken">The pace of the token that was taken; null: there is no rate, or none was to be taken.</param>
    /// <param name="withToken">Whether a token is needed.</param>
    private Verdict TryTake(out Pace? taken, bool withToken = true)
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

    /// <summary>Notes a client that is refused because no token was there: from now on the sources that took them leave it some.</summary>
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

    /// <summary>Whether the source may have a token, that of the lease or, where it has none, the next one. Under the lock.</summary>
    private Verdict JudgeShare(Lease lease, Pace pace, Source source, Source network, bool mayWait)
    {
        if (lease is { Pace: null, IsAhead: true })
        {
            if (!_bucket.MayWait(source, network, pace))
            {
                return Verdict.SourceRate;
            }

            if (!mayWait)
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
