using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>
/// A child whose client is encrypted: a worker is between them. The child is started when the handshake is done, and gets one end of a
/// socket pair; the worker has had the other end from the start, since the daemon takes no descriptor from it.
/// </summary>
/// <param name="spawner">Starts the child.</param>
/// <param name="children">The service.</param>
/// <param name="pair">The pair.</param>
/// <param name="name">The name of the connection in LISTEN_FDNAMES.</param>
/// <param name="record">The record of the connection.</param>
internal sealed class EncryptedChild(Spawner spawner, ChildService children, SocketPair pair, string name, ConnectionRecord record)
    : ILoopWork, IWaitsForRoom, IDisposable
{
    /// <summary>The end of the worker, which is closed here when it is sent.</summary>
    public SocketPair Pair => pair;

    /// <summary>Starts the child. While too many children are being started it waits, as clients do in the backlog.</summary>
    public void Start() => spawner.Post(this);

    /// <inheritdoc/>
    public void Run()
    {
        if (!spawner.MustWait(children, this))
        {
            spawner.Start(children, pair.Other, name, record);
        }
    }

    /// <inheritdoc/>
    public void RoomMade() => spawner.Post(this);

    /// <inheritdoc/>
    public void Dispose() => pair.Dispose();
}
