using NetSuperd.Platform;

namespace NetSuperd.Server;

/// <summary>
/// A client that a handler has passed to a service of other processes. While too many children are being started it waits, as others do
/// in the backlog.
/// </summary>
/// <param name="entrance">The way into the service.</param>
/// <param name="client">The client.</param>
/// <param name="loop">The loop of the children.</param>
internal sealed class PassedClient(Entrance entrance, Client client, EventLoop loop) : ILoopWork, IWaitsForRoom
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
    public void RoomMade() => loop.Post(this);
}
