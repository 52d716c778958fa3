using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>What serves what arrives on the sockets of one map.</summary>
internal interface IReceiver
{
    /// <summary>Opens the path for the clients of a listening socket.</summary>
    /// <param name="place">The socket.</param>
    /// <param name="backlog">Its clients.</param>
    /// <param name="listener">Woken when what it rests for may be over.</param>
    IConnectionPath Open(SocketPlace place, Backlog backlog, IRestingListener listener);

    /// <summary>Whether the handler of a service may block its thread.</summary>
    bool MayBlock(Service service);

    /// <summary>Makes what serves the datagrams of a socket, until it is disposed.</summary>
    IDatagramReceiver Datagrams(SocketPlace place, Socket socket);

    /// <summary>Takes what a child needs that gets the sockets of a service themselves.</summary>
    /// <returns>Null where that had to be waited for: to be asked again, of the map then in force.</returns>
    ValueTask<IShare?> EnterAsync(Service service, CancellationToken stopping);
}

/// <summary>Serves the datagrams of a socket by one map.</summary>
internal interface IDatagramReceiver : IDisposable
{
    /// <summary>Serves those that were received, and answers them.</summary>
    void Receive(DatagramBatch batch);
}

/// <summary>What was taken for a child with the sockets of a service. To be disposed where none is started.</summary>
internal interface IShare : IDisposable
{
    /// <summary>Starts the child, which takes over what was taken, and completes at its end.</summary>
    /// <param name="sockets">Its sockets, in the order of the map.</param>
    /// <param name="sender">The sender of the datagram that woke the service, where there is one.</param>
    /// <param name="asked">Completes when the child is to end, with the time that it has for that.</param>
    Task<ShareOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, Task<TimeSpan> asked);
}

/// <summary>What became of a child that was to share sockets.</summary>
internal enum ShareOutcome
{
    /// <summary>There was one.</summary>
    Ran,

    /// <summary>The system had no process for it.</summary>
    NotRan,

    /// <summary>The sender of what woke it may not come in; a client that had connected has been refused.</summary>
    Refused,
}
