using System.Net.Sockets;

namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// An endless exchange of answers, of which the datagram is one (<see cref="LoopWatch"/>). The last gate, since its test counts the answer.
/// </summary>
internal sealed class LoopGate() : AnswerGate(Verdict.Loop, "")
{
    /// <inheritdoc/>
    public override bool IsOn(Terms terms) => terms.IsBuiltin;

    /// <inheritdoc/>
    public override bool IsFor(AddressFamily family) => true;

    /// <inheritdoc/>
    public override Verdict Test(ref Answer answer) =>
        answer.Loops?.TryAnswer(answer.Arrival, answer.Peer.IsLocal, answer.Request, answer.Bytes, answer.Now) == false
            ? Refusal
            : Verdict.Admitted;

    /// <inheritdoc/>
    public override void Explain(GateText text) =>
        text.Add(this, "no answer goes to a datagram that answers one answer after the other");
}
