using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Workers;

namespace NetSuperd.Server;

/// <summary>The way of accepted clients into one service by one map: through its gates to its handler or to a child.</summary>
/// <param name="service">The service.</param>
/// <param name="socketName">The name of a connection in LISTEN_FDNAMES.</param>
/// <param name="gates">The gates of the service.</param>
/// <param name="handler">The handler of the service; null: it has children.</param>
/// <param name="worker">The worker in which its handler serves, or which encrypts the connections of its children; null: none.</param>
/// <param name="children">Its children; null: it has a handler.</param>
/// <param name="stages">The stages.</param>
internal sealed class Entrance(
    Service service, string socketName, ServiceGates gates, HandlerInstance? handler, WorkerService? worker, ChildService? children,
    Stages stages)
{
    private readonly ClientRules _clients = new(service.Clients);

    /// <summary>The gates of the service.</summary>
    public ServiceGates Gates => gates;

    /// <summary>The service in the map of this entrance.</summary>
    public ServiceUse Use => handler?.Use ?? children?.Use ?? worker!.Use;

    /// <summary>
    /// Whether a client has to wait, because too many children are being started or no worker serves; the waiter is called after that.
    /// </summary>
    public bool MustWait(IWaitsForRoom waiter) => worker is not null ? worker.MustWait(waiter)
        : children is not null && stages.Spawner.MustWait(children, waiter);

    /// <summary>The client has gone before it had a record.</summary>
    public void Forget(StreamSocket socket, Lease lease)
    {
        socket.Dispose();
        lease.Dispose();
        stages.Logger.ConnectionGone(service.Name);
    }

    /// <summary>Takes a client of another service. It does not wait: at a limit it is refused.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="before">Its record at that service.</param>
    /// <param name="greeting">What it gets before the service begins, if it is admitted.</param>
    /// <param name="refusal">The line that it gets where it is refused; null: the service's own.</param>
    public void Receive(StreamSocket socket, ConnectionRecord before, ReadOnlyMemory<byte> greeting, string? refusal)
    {
        var lease = gates.TryEnter(wait: null)!;
        if (stages.Tally.OpenPassed(Use, before, socket, lease) is not { } record)
        {
            Forget(socket, lease);
            return;
        }

        var client = new Client(socket, record, lease) { Greeting = greeting, Refusal = refusal };
        if (handler is not null)
        {
            Admit(client, mayWait: false);
        }
        else
        {
            stages.Spawner.Post(new PassedClient(this, client, stages.Spawner));
        }
    }

    /// <summary>Judges an accepted client, and passes it on. A failure costs that connection only.</summary>
    /// <param name="client">The client.</param>
    /// <param name="mayWait">Whether the client may wait for a token where none was taken for it.</param>
    /// <returns>False where it waits: it is to be judged again when there may be a token.</returns>
    public bool Admit(in Client client, bool mayWait)
    {
        var (socket, record, lease) = (client.Socket, client.Record, client.Lease);
        try
        {
            if (lease.WaitsAt is not null && socket.Status() is { IsClosed: true })
            {
                // The token is given back: resets from many addresses would otherwise use up the rate.
                Reset(client);
                return true;
            }

            var verdict = gates.Judge(lease, record, socket, mayWait);
            if (lease.WaitsAt is not null)
            {
                return false;
            }

            if (verdict.Reason is { } refusal)
            {
                stages.Runner.Refuse(socket, record, refusal, client.Refusal ?? service.Admission.BannerRefused);
                return true;
            }

            stages.LogShare.Judge(record);
            if (!client.Greeting.IsEmpty && !Greet(client))
            {
                Reset(client);
            }
            else if (handler is not null)
            {
                stages.Runner.Start(handler, socket, record, service.Admission);
            }
            else if (children is null)
            {
                worker!.Start(socket, record, service.Admission);
            }
            else
            {
                StartChild(ChildrenFor(record, socket, children), socket, record);
            }
        }
        catch (Exception failure)
        {
            socket.Dispose();
            stages.Logger.DispatchFailed(failure, record.Id, service.Name);
            stages.Tally.Close(record, ConnectionEnd.Failed);
        }

        return true;
    }

    /// <summary>What the client gets: what <c>clients</c> has for it, or what all others get.</summary>
    private ChildService ChildrenFor(ConnectionRecord record, StreamSocket socket, ChildService all) =>
        all.ByClient is not [] && _clients.Find(Peer.Of(record, socket, _clients.AskForGroups)) is { } index ? all.ByClient[index] : all;

    /// <summary>Starts a child, at once or when the connection is encrypted.</summary>
    private void StartChild(ChildService children, StreamSocket socket, ConnectionRecord record)
    {
        // The kernel answers later questions of an operator about the connection.
        record.Cookie = Transports.IsListed(record.Protocol)
            ? SocketDiagnosis.NameOf(socket, Transports.HasPaths(record.Protocol))
            : null;
        if (worker is null)
        {
            stages.Spawner.Start(children, socket, socketName, record);
            return;
        }

        try
        {
            worker.StartEncrypted(socket, record, new EncryptedChild(stages.Spawner, children, SocketPair.Create(), socketName, record));
        }
        catch (CallException failure)
        {
            // No descriptor is left.
            socket.Dispose();
            stages.Tally.Close(record, ConnectionEnd.Unspawned, failure.Message, new SpawnFailure(SpawnFailure.Spawn, failure.Errno).Word);
        }
    }

    /// <summary>Sends what the client gets before the service begins. No byte has been sent yet, so the system takes it at once.</summary>
    private static bool Greet(in Client client)
    {
        var sent = client.Socket.Send(client.Greeting.Span).Count;
        client.Record.BytesSent += Math.Max(0, sent);
        return sent == client.Greeting.Length;
    }

    private void Reset(in Client client)
    {
        client.Socket.Dispose();
        stages.Tally.Close(client.Record, ConnectionEnd.Reset);
    }
}
