using NetSuperd.Control;
using NetSuperd.Server;
using NetSuperd.Server.Listen;

namespace NetSuperd.Hosting;

/// <summary>How a process of the daemon takes over from another without closing the sockets.</summary>
/// <param name="predecessors">The processes that were the daemon before this one and still live.</param>
internal abstract class Succession(Predecessors predecessors) : IDisposable
{
    /// <summary>The processes that were the daemon before this one and still live.</summary>
    public Predecessors Predecessors => predecessors;

    /// <summary>Whether a predecessor has handed its services over to this process.</summary>
    public abstract bool TakesOver { get; }

    /// <summary>Why the start fails where this process cannot read what the predecessor hands over; null otherwise.</summary>
    public virtual string? Obstacle => null;

    /// <summary>Why no process can take over from this one on the system; null: one can.</summary>
    public virtual string? NoSuccessor => null;

    /// <summary>Starts the server with what this process was given.</summary>
    /// <returns>What could not be bound.</returns>
    public abstract Task<IReadOnlyList<BindFailure>> StartAsync(Superserver server);

    /// <summary>The predecessor's place for clients; null: there is none, or it is not the one of the map.</summary>
    /// <param name="name">Its name among what was given.</param>
    /// <param name="place">Where the map has it; null: nowhere.</param>
    public abstract ControlListener? Adopt(string name, ControlPlace? place);

    /// <summary>Starts a successor, and waits until it serves.</summary>
    /// <param name="server">The server.</param>
    /// <param name="control">The places for clients, which the successor gets as well.</param>
    /// <param name="stopping">Shortens the wait when the daemon is to stop.</param>
    /// <returns>The successor, null where it does not serve, and the answer to the command that asked for the restart.</returns>
    public abstract Task<(ISuccessor? Successor, ControlAnswer Outcome)> StartSuccessorAsync(
        Superserver server, ControlSockets control, CancellationToken stopping);

    /// <summary>Kills a successor that does not serve yet.</summary>
    public abstract void Kill();

    /// <summary>The successor is the daemon from now on: whatever watches this process watches that one.</summary>
    public abstract void Yield(ISuccessor successor);

    /// <inheritdoc/>
    public void Dispose() => predecessors.Dispose();
}
