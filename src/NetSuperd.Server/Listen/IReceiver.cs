using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>Receives what arrives on the sockets of one map.</summary>
internal interface IReceiver
{
    /// <summary>Opens the path for the clients of a listening socket.</summary>
    /// <param name="place">The socket.</param>
    /// <param name="backlog">Its clients.</param>
    /// <param name="listener">Woken when its reason to wait may be over.</param>
    IConnectionPath Open(SocketPlace place, Backlog backlog, IWaitingListener listener);

    /// <summary>Whether the handler of a service may block its thread.</summary>
    bool MayBlock(Service service);

    /// <summary>Makes the receiver of a socket's datagrams, to be disposed at the end.</summary>
    /// <param name="place">The socket in the map.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="loop">Its loop.</param>
    /// <param name="listener">Woken when its reason to wait may be over.</param>
    /// <param name="reserve">The descriptors that are kept from clients.</param>
    IDatagramReceiver Datagrams(SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve);

    /// <summary>The record of a server.</summary>
    ServerRecord RecordOf(Service service);

    /// <summary>Counts a child that gets the sockets of a service themselves, at the limits of the service; waits at a limit.</summary>
    /// <returns>Null after a wait: to be called again, on the map then in force.</returns>
    ValueTask<IChildStart?> EnterAsync(Service service, CancellationToken stopping);
}

/// <summary>Serves the datagrams of a socket by one map.</summary>
internal interface IDatagramReceiver : IDisposable
{
    /// <summary>Whether it calls the handler, which may block the thread.</summary>
    bool CallsHandler { get; }

    /// <summary>Whether datagrams have to wait in the socket; the listener is woken when they no longer have to.</summary>
    bool MustWait();

    /// <summary>Takes the place of the receiver by the map before, from which it may take what stays.</summary>
    void Follow(IDatagramReceiver before);

    /// <summary>Serves the received datagrams, and answers them.</summary>
    void Receive(DatagramBatch batch);

    /// <summary>Ends a call that waits for another process. May be called by any thread.</summary>
    void Stop();
}

/// <summary>A child with the sockets of a service that may be started. To be disposed of where it is not.</summary>
internal interface IChildStart : IDisposable
{
    /// <summary>The record of the child; null before it is started.</summary>
    ConnectionRecord? Record { get; }

    /// <summary>Starts the child, which stays counted as long as it runs, and completes at its end.</summary>
    /// <param name="sockets">Its sockets, in the order of the map.</param>
    /// <param name="sender">The sender of the datagram that woke the service, where there is one.</param>
    /// <param name="isWoken">Whether a client has woken the service, which is refused if the service does not admit it.</param>
    /// <param name="asked">Asks the child to end.</param>
    Task<ChildOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken, EndRequest asked);
}

/// <summary>The outcome for a child that was to share sockets.</summary>
internal enum ChildOutcome
{
    /// <summary>The child ran.</summary>
    Ran,

    /// <summary>The child could not be started.</summary>
    NotRan,

    /// <summary>The sender that woke the service is not admitted; a client that had connected has been refused.</summary>
    Refused,
}
