namespace NetSuperd.Server.Permit.Order;

/// <summary>Refuses a port whose service might answer the answer. Only a plugin knows which clients it answers.</summary>
internal sealed class LoopPortGate() : AnswerGate(Verdict.LoopPort, "")
{
    /// <inheritdoc/>
    public override Verdict Test(ref Answer answer)
    {
        ref readonly var arrival = ref answer.Arrival;
        var isHere = arrival.IsLocal || arrival.Remote == arrival.Local;
        return (answer.Terms.IsBuiltin && arrival.RemotePort < 1024)
            || ((answer.Terms.IsBuiltin || isHere) && answer.Terms.OwnPorts.Contains(arrival.RemotePort)) ? Refusal : Verdict.Admitted;
    }

    /// <inheritdoc/>
    public override void Explain(GateText text) => text.Add(this, text.Terms.IsBuiltin
        ? "no answer goes to a port below 1024, or to one on which this daemon takes datagrams"
        : "no answer goes to a port of this host on which this daemon takes datagrams");
}
