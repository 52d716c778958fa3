using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>Where the admitted clients of a service go, by one map: to a handler in the daemon, to a worker or to children.</summary>
internal interface IDestination
{
    /// <summary>The service in the map of this destination.</summary>
    ServiceUse Use { get; }

    /// <summary>Whether any thread may start a client; otherwise only <see cref="Stages.Loop"/> may.</summary>
    bool IsForAnyThread { get; }

    /// <summary>
    /// Whether a client has to wait, because too many children are being started or no worker serves; the waiter is called after that.
    /// </summary>
    bool MustWait(IWaitsForRoom waiter);

    /// <summary>Serves a client, after <see cref="MustWait"/> has returned false.</summary>
    void Start(StreamSocket socket, ConnectionRecord record);
}
