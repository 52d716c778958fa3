using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Pipes;

/// <summary>The clients of a service get a child with pipes each.</summary>
/// <param name="service">The service.</param>
/// <param name="processes">Starts the children.</param>
/// <param name="stages">The stages.</param>
internal sealed class PipedDestination(PipedService service, PipedProcesses processes, Stages stages) : IDestination
{
    private readonly ClientRules _clients = new(service.ByClient);

    /// <inheritdoc/>
    public ServiceUse Use => service.Use;

    /// <inheritdoc/>
    public bool IsForAnyThread => true;

    /// <inheritdoc/>
    public bool MustWait(IWaitsForRoom waiter) => processes.MustWait(waiter);

    /// <inheritdoc/>
    public void Start(StreamSocket socket, ConnectionRecord record) =>
        processes.Start(service, ProgramFor(record, socket), socket, record, stages.Runner);

    /// <summary>What the client gets: what <c>clients</c> has for it, or what all others get.</summary>
    private ChildProgram ProgramFor(ConnectionRecord record, StreamSocket socket) =>
        service.ByClient is not [] && _clients.Find(Peer.Of(record, socket, _clients.AskForGroups)) is { } index
            ? service.ByClient[index].Program!
            : service.Program;
}
