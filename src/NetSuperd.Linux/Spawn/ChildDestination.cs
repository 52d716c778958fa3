using NetSuperd.Linux.Workers;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>The clients of a service get a child each, through a worker where it encrypts their connections.</summary>
/// <param name="service">The service.</param>
/// <param name="socketName">The name of a connection in LISTEN_FDNAMES.</param>
/// <param name="children">Its children.</param>
/// <param name="worker">The worker that encrypts; null: none.</param>
/// <param name="spawner">Starts them.</param>
/// <param name="tally">Keeps the records.</param>
internal sealed class ChildDestination(
    Service service, string socketName, ChildService children, WorkerService? worker, Spawner spawner, ConnectionTally tally)
    : IDestination
{
    private readonly ClientRules _clients = new(service.Clients);

    /// <inheritdoc/>
    public ServiceUse Use => children.Use;

    /// <inheritdoc/>
    public bool IsForAnyThread => false;

    /// <inheritdoc/>
    public bool MustWait(IWaitsForRoom waiter) => worker?.MustWait(waiter) ?? spawner.MustWait(children, waiter);

    /// <summary>Starts a child, at once or when the connection is encrypted.</summary>
    public void Start(StreamSocket socket, ConnectionRecord record)
    {
        var chosen = ChildrenFor(record, socket);

        // The kernel answers later questions of an operator about the connection.
        record.Cookie = Transports.IsListed(record.Protocol)
            ? SocketDiagnosis.NameOf(socket, Transports.HasPaths(record.Protocol))
            : null;
        if (worker is null)
        {
            spawner.Start(chosen, socket, socketName, record);
            return;
        }

        try
        {
            worker.StartEncrypted(socket, record, new EncryptedChild(spawner, chosen, SocketPair.Create(), socketName, record));
        }
        catch (CallException failure)
        {
            // No descriptor is left.
            socket.Dispose();
            tally.Close(record, ConnectionEnd.Unspawned, failure.Message, new SpawnFailure(SpawnFailure.Spawn, failure.Errno).Word);
        }
    }

    /// <summary>What the client gets: what <c>clients</c> has for it, or what all others get.</summary>
    private ChildService ChildrenFor(ConnectionRecord record, StreamSocket socket) =>
        children.ByClient is not [] && _clients.Find(Peer.Of(record, socket, _clients.AskForGroups)) is { } index
            ? children.ByClient[index]
            : children;
}
