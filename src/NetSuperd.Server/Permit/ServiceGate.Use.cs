using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>What the operator asks of the gates. Nothing is taken.</summary>
internal sealed partial class ServiceGate
{
    private const string MaxPerNetwork = "max_per_network";

    /// <summary>How much of each limit is used, in the order of the gates; those that are off are left out.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        var (terms, uses) = (_terms, new List<LimitUse>());
        if (_datagrams is { } datagrams)
        {
            uses.AddRange(datagrams.Uses());
            if (terms.Admission.MaxConnections is null)
            {
                return uses;
            }
        }

        lock (gate)
        {
            if (_places.Use is { Most: { } most } places)
            {
                uses.Add(new LimitUse("max_connections", places.Taken, most));
            }

            if (terms is { Pace: { } pace, Admission.Rate: { } rate })
            {
                uses.Add(new LimitUse("rate", rate.Burst - _bucket.Tokens(pace), rate.Burst));
            }

            if (terms is { SourcePace: { } sourcePace, Admission.RatePerSource: { } rateOfSource })
            {
                var left = _sources?.FewestTokens(sourcePace, time.GetTimestamp()) ?? rateOfSource.Burst;
                uses.Add(new LimitUse("rate_per_source", rateOfSource.Burst - left, rateOfSource.Burst));
            }

            if (terms.Admission.MaxPerSource is { } mostOfSource)
            {
                uses.Add(new LimitUse("max_per_source", _sources?.MostLive(terms.Admission.CountsLocalPeers) ?? 0, mostOfSource));
            }

            if (!terms.NetworksAreUnlimited && _places.NetworkUse(terms.PerNetwork) is var (ofNetwork, mostOfNetwork))
            {
                uses.Add(new LimitUse(MaxPerNetwork, ofNetwork, mostOfNetwork));
            }
        }

        return uses;
    }

    /// <summary>What would become of a peer that came now.</summary>
    public Outlook Look(in Peer peer)
    {
        var (terms, now) = (_terms, time.GetTimestamp());
        var uses = Uses().Where(use => !use.Limit.EndsWith("per_source", StringComparison.Ordinal) && use.Limit != MaxPerNetwork).ToList();
        var word = "";
        var wait = 0L;
        lock (gate)
        {
            wait = terms.Pace is { } pace ? _bucket.Wait(pace) : 0;
            word = total.IsFull ? Verdict.TotalLimit.Reason
                : _places.IsFull ? Verdict.ServiceLimit.Reason
                : wait > 0 ? Verdict.Rate.Reason
                : null;
        }

        var waits = word is not null && !terms.Refuses;
        word ??= !terms.Rules.Judge(peer).Admits ? Verdict.Address.Reason : !terms.IsOpen(time.GetUtcNow()) ? Verdict.Time.Reason : null;
        var source = peer.SourceBy(terms.Admission.SourcePrefix);
        word ??= IsWithheld(terms, source, Networks.Of(peer).Wide ?? source) ? Verdict.SourceRate.Reason : null;
        var (live, tokens, waitOfSource) = Sources.Look(source, terms.SourcePace, now);
        if (terms.Admission.RatePerSource is { } rate)
        {
            uses.Add(new LimitUse("rate_per_source", rate.Burst - tokens!.Value, rate.Burst));
            word ??= waitOfSource > 0 ? Verdict.SourceRate.Reason : null;
        }

        if (terms.MostOf(peer) is { } most)
        {
            uses.Add(new LimitUse("max_per_source", live, most));
            word ??= live >= most ? Verdict.SourceLimit.Reason : null;
        }

        if (NetworkUse(terms, Networks.Of(peer)) is var (ofNetwork, mostOfNetwork))
        {
            uses.Add(new LimitUse(MaxPerNetwork, ofNetwork, mostOfNetwork));
            word ??= ofNetwork > 0 && ofNetwork >= mostOfNetwork ? Verdict.SourceLimit.Reason : null;
        }

        wait = word == Verdict.SourceRate.Reason ? waitOfSource : wait;
        var isRate = wait > 0 && (word == Verdict.Rate.Reason || word == Verdict.SourceRate.Reason);
        return new Outlook(service, word, waits, isRate ? Math.Round((double)wait / time.TimestampFrequency, 3) : null, uses);
    }

    private bool IsWithheld(Terms terms, Source source, Source network)
    {
        lock (gate)
        {
            return terms.Pace is { } pace && _bucket.Withholds(source, network, pace);
        }
    }

    /// <summary>
    /// What a network of a peer has that is nearest to its ceiling, of the service or of the daemon; null where none holds.
    /// </summary>
    private (int Live, int Most)? NetworkUse(Terms terms, in Networks networks)
    {
        if (terms.NetworksAreUnlimited)
        {
            return null;
        }

        lock (gate)
        {
            var ofService = _places.NetworkUse(networks, terms.PerNetwork);
            var ofDaemon = total.NetworkUse(networks, terms.PerNetworkOfDaemon);
            return ofService is not var (live, most) ? ofDaemon
                : ofDaemon is var (liveOfAll, mostOfAll) && mostOfAll - liveOfAll < most - live ? ofDaemon
                : ofService;
        }
    }
}
