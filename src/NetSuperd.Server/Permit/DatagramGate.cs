using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>The gates before the datagrams of a service. They stay over another map: buckets are as full as they were.</summary>
/// <remarks>
/// Datagrams over a limit are dropped: nobody waits, since what waits in the queue of the socket would only keep out whoever comes next. A
/// sender can be anybody whose address somebody writes on a packet, so answers have gates of their own: none that begins a loop
/// (CVE-1999-0103, CVE-2024-2169), and no more bytes than the budget of the source.
/// </remarks>
/// <param name="terms">What the map says.</param>
/// <param name="time">The clock.</param>
internal sealed class DatagramGate(DatagramTerms terms, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SourceTable _rates = new();
    private readonly SourceTable _budgets = new();
    private readonly SharedBucket _bucket = new(time);
    private volatile DatagramTerms _terms = terms;

    /// <summary>Another map is in force.</summary>
    public void Become(DatagramTerms terms)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            _terms = terms;
            if (terms.Terms.Pace is { } pace)
            {
                _bucket.Fit(pace);
            }
        }

        if (terms.SourcePace is { } own)
        {
            _rates.Fit(own, now);
        }

        if (terms.Budget is { } budget)
        {
            _budgets.Fit(budget, now);
        }
    }

    /// <summary>Whether a datagram comes in. A refusal takes nothing.</summary>
    public Verdict Judge(in Peer peer)
    {
        var (terms, general) = (_terms, _terms.Terms);
        if (!general.Rules.Judge(peer).Admits)
        {
            return Verdict.Address;
        }

        if (!general.IsOpen(time))
        {
            return Verdict.Time;
        }

        var source = SourceOf(general, peer);
        var network = general.Pace is null ? source : Networks.Of(peer).Wide ?? source;
        if (general.Pace is { } pace && TryTake(pace, source, network) is { Reason: not null } refusal)
        {
            return refusal;
        }

        if (terms.SourcePace is { } own && !(peer.IsLocal && terms.SparesLocalPace)
            && !_rates.TryTake(source, own, 1, time.GetTimestamp()))
        {
            GiveBack(general.Pace, source, network);
            return Verdict.SourceRate;
        }

        return Verdict.Admitted;
    }

    /// <summary>Whether it may be answered with so many bytes.</summary>
    /// <param name="peer">The sender.</param>
    /// <param name="arrival">Between which addresses it came.</param>
    /// <param name="port">The port that it was sent to.</param>
    /// <param name="bytes">How many.</param>
    public Verdict JudgeAnswer(in Peer peer, in DatagramArrival arrival, int port, int bytes)
    {
        if (arrival.Family == AddressFamily.Unix)
        {
            return Verdict.Admitted;
        }

        var terms = _terms;

        var isOwn = arrival.RemotePort == port && arrival.Remote == arrival.Local;
        var isHere = arrival.IsLocal || arrival.Remote == arrival.Local;
        return peer.IsNobody || (peer.IsLocal && !arrival.IsLocal) || arrival.IsForMany || isOwn ? Verdict.LoopAddress
            : (terms.IsBuiltin && arrival.RemotePort < 1024)
                || ((terms.IsBuiltin || isHere) && terms.OwnPorts.Contains(arrival.RemotePort)) ? Verdict.LoopPort
            : terms.Budget is { } budget && !(peer.IsLocal && terms.SparesLocalBudget)
                && !_budgets.TryTake(SourceOf(terms.Terms, peer), budget, bytes, time.GetTimestamp()) ? Verdict.Budget
            : Verdict.Admitted;
    }

    /// <summary>How much of each limit is used; those that are off are left out.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        var (terms, now, uses) = (_terms, time.GetTimestamp(), new List<LimitUse>());
        if (terms.Terms.Pace is { } pace)
        {
            lock (_lock)
            {
                Add("rate", pace, _bucket.Tokens(pace));
            }
        }

        if (terms.SourcePace is { } own)
        {
            Add("rate_per_source", own, _rates.FewestTokens(own, now));
        }

        if (terms.Budget is { } budget)
        {
            Add("bytes_per_source", budget, _budgets.FewestTokens(budget, now));
        }

        return uses;

        void Add(string key, Pace pace, long left)
        {
            var most = pace.Capacity / pace.Interval;
            uses.Add(new LimitUse(key, most - left, most));
        }
    }

    /// <summary>What would become of a datagram of a peer that came now.</summary>
    public Outlook Look(string service, in Peer peer)
    {
        var (terms, general, now) = (_terms, _terms.Terms, time.GetTimestamp());
        var uses = Uses().Where(use => use.Limit == "rate").ToList();
        var wait = 0L;
        var word = !general.Rules.Judge(peer).Admits ? Verdict.Address.Reason : !general.IsOpen(time) ? Verdict.Time.Reason : null;
        if (general.Pace is { } pace)
        {
            lock (_lock)
            {
                Wait(Verdict.Rate, _bucket.Wait(pace));
            }
        }

        if (terms.SourcePace is { } own && !(peer.IsLocal && terms.SparesLocalPace))
        {
            Add("rate_per_source", _rates.Look(SourceOf(general, peer), own, now), own);
            Wait(Verdict.SourceRate, _rates.Look(SourceOf(general, peer), own, now).Wait);
        }

        word ??= peer.IsNobody ? Verdict.LoopAddress.Reason : null;
        if (terms.Budget is { } budget && !(peer.IsLocal && terms.SparesLocalBudget))
        {
            Add("bytes_per_source", _budgets.Look(SourceOf(general, peer), budget, now), budget);
        }

        return new Outlook(service, word, false, wait > 0 ? Math.Round((double)wait / time.TimestampFrequency, 3) : null, uses);

        void Add(string key, (int Live, long? Tokens, long Wait) look, Pace pace) =>
            uses.Add(new LimitUse(key, (pace.Capacity / pace.Interval) - look.Tokens!.Value, pace.Capacity / pace.Interval));

        void Wait(Verdict verdict, long until)
        {
            if (word is null && until > 0)
            {
                (word, wait) = (verdict.Reason, until);
            }
        }
    }

    private static Source SourceOf(Terms terms, in Peer peer) => peer.SourceBy(terms.Admission.SourcePrefix);

    private Verdict TryTake(Pace pace, Source source, Source network)
    {
        lock (_lock)
        {
            if (!_bucket.TryTake(pace))
            {
                _bucket.See(source, network);
                return Verdict.Rate;
            }

            if (_bucket.Grants(source, network, pace))
            {
                return Verdict.Admitted;
            }

            _bucket.GiveBack(pace);
            return Verdict.SourceRate;
        }
    }

    private void GiveBack(Pace? pace, Source source, Source network)
    {
        if (pace is { } taken)
        {
            lock (_lock)
            {
                _bucket.GiveBack(taken, source, network);
            }
        }
    }
}
