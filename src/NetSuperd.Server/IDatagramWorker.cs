using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The datagrams of a socket that a worker serves, by one map. For the thread of the socket.</summary>
internal interface IDatagramWorker : IDisposable
{
    /// <summary>The service in the map.</summary>
    ServiceUse Use { get; }

    /// <summary>Whether its handler is a built-in.</summary>
    bool IsBuiltin { get; }

    /// <summary>Whether datagrams have to wait because no process of the worker serves at the moment; the waiter is called then.</summary>
    /// <exception cref="CallException">There is no descriptor for a channel.</exception>
    bool MustWait(IWaitsForRoom waiter);

    /// <summary>Adds an admitted datagram to those that are served by the next <see cref="Exchange"/>.</summary>
    void Add(DatagramBatch batch, int index, DatagramPath path);

    /// <summary>Lets the worker serve the datagrams that were added, and takes its answers.</summary>
    void Exchange(DatagramPath path);

    /// <summary>Ends the waiting for answers, for good. May be called by any thread.</summary>
    void Stop();
}
