namespace NetSuperd.Server.Permit.Order;

/// <summary>Refuses an address that no real sender has, or that many hosts share.</summary>
internal sealed class LoopAddressGate() : AnswerGate(Verdict.LoopAddress, "")
{
    /// <inheritdoc/>
    public override bool Admits(in Peer peer) => !peer.HasImpossibleAddress;

    /// <inheritdoc/>
    public override Verdict Test(ref Answer answer)
    {
        ref readonly var arrival = ref answer.Arrival;
        var isOwn = arrival.RemotePort == answer.Port && arrival.Remote == arrival.Local;
        return !Admits(answer.Peer) || (answer.Peer.IsLocal && !arrival.IsLocal) || arrival.IsForMany || isOwn ? Refusal : Verdict.Admitted;
    }

    /// <inheritdoc/>
    public override void Explain(GateText text) => text.Add(this, "no answer goes to an address that no host has", Admits(text.Peer));
}
