using NetSuperd.Platform;
using NetSuperd.Server.Spawn;

namespace NetSuperd.Server;

/// <summary>
/// A client that a handler has passed to a service with children. While too many children are being started it waits, as others do in the
/// backlog.
/// </summary>
/// <param name="entrance">The way into the service.</param>
/// <param name="client">The client.</param>
/// <param name="spawner">Starts the child.</param>
internal sealed class PassedClient(Entrance entrance, Client client, Spawner spawner) : ILoopWork, IWaitsForRoom
{
    /// <summary>Lets the client in, unless it has to wait. On the loop of the children.</summary>
    public void Run()
    {
        if (!entrance.MustWait(this))
        {
            entrance.Admit(client, mayWait: false);
        }
    }

    /// <inheritdoc/>
    public void RoomMade() => spawner.Post(this);
}
