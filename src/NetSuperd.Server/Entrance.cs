using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The way of accepted clients into one service by one map: through its gates to its destination.</summary>
/// <param name="service">The service.</param>
/// <param name="gates">The gates of the service.</param>
/// <param name="destination">Where admitted clients go.</param>
/// <param name="stages">The stages.</param>
internal sealed class Entrance(Service service, ServiceGates gates, IDestination destination, Stages stages)
{
    /// <summary>The gates of the service.</summary>
    public ServiceGates Gates => gates;

    /// <summary>The service in the map of this entrance.</summary>
    public ServiceUse Use => destination.Use;

    /// <inheritdoc cref="IDestination.MustWait"/>
    public bool MustWait(IWaitsForRoom waiter) => destination.MustWait(waiter);

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
        if (destination.IsForAnyThread)
        {
            Admit(client, mayWait: false);
        }
        else
        {
            stages.Loop.Post(new PassedClient(this, client, stages.Loop));
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
            else
            {
                destination.Start(socket, record);
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
