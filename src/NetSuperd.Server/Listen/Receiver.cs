using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Where what arrives goes on, by the map in force when it is accepted.</summary>
/// <param name="Enter">
/// Takes what a connection needs before it is accepted, to be disposed where none comes; null where that had to be waited for: to be asked
/// again, of the map then in force. The flag says whether it may wait, and the function how many wait behind it.
/// </param>
/// <param name="Accepted">Gets a connection with what was taken for it; what it waits for, the loop waits for.</param>
/// <param name="Datagrams">Makes what serves the datagrams of a socket, until it is disposed.</param>
/// <param name="Shared">
/// Starts a child with the sockets of a service, for a sender where one is known, and completes at its end. The task that it gets completes when the child
/// shall end, with the time that the child has for that.
/// </param>
internal sealed record Receiver(
    Func<Port, bool, Func<int>?, CancellationToken, ValueTask<IDisposable?>> Enter,
    Func<Port, StreamSocket, IDisposable, ValueTask> Accepted,
    Func<Port, Socket, IDatagramReceiver> Datagrams,
    Func<IReadOnlyList<(Port Port, Socket Socket)>, EndPoint?, Task<TimeSpan>, IDisposable, Task<ShareOutcome>> Shared);

/// <summary>Serves the datagrams of a socket by one map.</summary>
internal interface IDatagramReceiver : IDisposable
{
    /// <summary>Serves those that were received, and answers them.</summary>
    void Receive(DatagramBatch batch);
}

/// <summary>What became of a child that was to share sockets.</summary>
internal enum ShareOutcome
{
    /// <summary>There was one.</summary>
    Ran,

    /// <summary>The system had no process for it.</summary>
    NotRan,

    /// <summary>Who sent what woke it may not come in; a client who had connected has been refused.</summary>
    Refused,
}
