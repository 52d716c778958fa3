using NetSuperd.Control;
using NetSuperd.Server;
using NetSuperd.Server.Listen;

namespace NetSuperd.Hosting;

/// <summary>A system on which no process can take over from another.</summary>
/// <param name="reason">The answer to <c>restart</c>.</param>
internal sealed class NoSuccession(string reason) : Succession(new Predecessors([]))
{
    /// <inheritdoc/>
    public override bool TakesOver => false;

    /// <inheritdoc/>
    public override string? NoSuccessor => reason;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<BindFailure>> StartAsync(Superserver server) => server.StartAsync([]);

    /// <inheritdoc/>
    public override ControlListener? Adopt(string name, ControlPlace? place) => null;

    /// <inheritdoc/>
    public override Task<(ISuccessor? Successor, ControlAnswer Outcome)> StartSuccessorAsync(
        Superserver server, ControlSockets control, CancellationToken stopping) =>
        throw new InvalidOperationException(reason);

    /// <inheritdoc/>
    public override void Kill()
    {
        // Nothing is being started.
    }

    /// <inheritdoc/>
    public override void Yield(ISuccessor successor) => throw new InvalidOperationException("there is no successor");
}
