using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary><c>max_per_network</c>, of the service and of the daemon.</summary>
internal sealed class NetworkLimitGate() : EntryGate(Verdict.SourceLimit, AdmissionKeys.MaxPerNetwork.Name)
{
    /// <inheritdoc/>
    public override Verdict Test(ref Visit visit)
    {
        // A connection that has been accepted is counted already.
        var (terms, state, isCounted) = (visit.Terms, visit.State, !visit.IsLook);
        var full = terms.NetworksAreUnlimited ? null
            : state.Connections.FullNetwork(visit.Networks, terms.PerNetwork, isCounted)
                ?? state.Total.FullNetwork(visit.Networks, terms.PerNetworkOfDaemon, isCounted);
        return full is null ? Verdict.Admitted : Refusal with { Full = full };
    }

    /// <inheritdoc/>
    public override void Take(ref Visit visit)
    {
        visit.State.Connections.Networks.Enter(visit.Networks);
        visit.State.Total.Networks.Enter(visit.Networks);
        visit.Lease!.Networks = visit.Networks;
    }

    /// <inheritdoc/>
    public override void GiveBack(GateState state, Lease lease)
    {
        if (lease.Networks is { } networks)
        {
            state.Connections.Networks.Leave(networks);
            state.Total.Networks.Leave(networks);
        }
    }

    /// <inheritdoc/>
    public override LimitUse? Use(GateState state, Terms terms, long now) =>
        !terms.NetworksAreUnlimited && state.Connections.NetworkUse(terms.PerNetwork) is var (live, most) ? UseOf(live, most) : null;

    /// <inheritdoc/>
    /// <remarks>What is nearest to its ceiling, of the service or of the daemon.</remarks>
    public override LimitUse? UseOf(ref Visit visit)
    {
        if (visit.Terms.NetworksAreUnlimited)
        {
            return null;
        }

        var ofService = visit.State.Connections.NetworkUse(visit.Networks, visit.Terms.PerNetwork);
        var ofDaemon = visit.State.Total.NetworkUse(visit.Networks, visit.Terms.PerNetworkOfDaemon);
        var nearest = ofService is not var (live, most) ? ofDaemon
            : ofDaemon is var (liveOfAll, mostOfAll) && mostOfAll - liveOfAll < most - live ? ofDaemon
            : ofService;
        return nearest is var (used, ceiling) ? UseOf(used, ceiling) : null;
    }

    /// <inheritdoc/>
    public override void Explain(GateText text)
    {
        var admission = text.Terms.Admission;
        if (!admission.Has(AdmissionKeys.MaxPerNetwork))
        {
            var own = text.Map.Ports.Where(port => port.Service.Name == text.Port.Service.Name);
            ExplainHalf(text, "the service", admission.MaxConnections, own);
            ExplainHalf(text, "the daemon", text.Map.Daemon.MaxConnections, text.Map.Ports);
        }
        else if (admission.MaxPerNetwork is { } most)
        {
            text.Add(this, $"one network has at most {most} at once");
        }
    }

    private void ExplainHalf(GateText text, string whose, int? most, IEnumerable<Port> sockets)
    {
        if (most is not { } all || !Networks.Of(text.Peer).IsBounded(ReachOfPorts.Of(sockets)))
        {
            return;
        }

        var limit = text.Terms.PerNetworkOfDaemon;
        var (ceiling, least) = (limit.Ceiling(all, all), limit.Ceiling(all, 0));
        var rest = least == ceiling && limit.Least > 0 ? $", as many as {AdmissionKeys.MaxPerSource.Name} lets one source have"
            : ", and no more than are free while less than a quarter is"
                + (limit.Least > 0 ? $", but always the {limit.Least} of {AdmissionKeys.MaxPerSource.Name}" : "");
        text.Add(this, $"one network has at most {ceiling} of the {all} connections of {whose}{rest}");
    }
}
