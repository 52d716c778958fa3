using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Sockets that another process has bound and passed on: a service manager, or a predecessor.</summary>
internal interface IInheritance
{
    /// <summary>Readable when the predecessor has closed its sockets; null: there is none.</summary>
    SafeHandle? ReleasePipe { get; }

    /// <summary>What the predecessor has told of the children that have a socket, by its place.</summary>
    IReadOnlyDictionary<string, ToldChild> Children { get; }

    /// <summary>The sockets and servers of a predecessor that the map does not have.</summary>
    IReadOnlyList<string> Dropped { get; }

    /// <summary>Takes the descriptors that report the end of the process of a server.</summary>
    IReadOnlyList<SafeHandle> TakeServer(string id);

    /// <summary>Whether one socket of both families serves every address of a port.</summary>
    bool HasDualStack(PortKey key);

    /// <summary>The places of sockets that have the name of an entry, and none of the addresses that the entry itself gives.</summary>
    IReadOnlyList<SocketPlace> Named(Port port, IEnumerable<SocketPlace> places);

    /// <summary>Lets the sockets at overlapping addresses share their port.</summary>
    /// <returns>Whether there are any.</returns>
    bool SharePort(SocketPlace place);

    /// <summary>Takes the socket of a place; null where there is none that clients can reach.</summary>
    /// <param name="place">The place.</param>
    /// <param name="released">Completes when the predecessor has closed it.</param>
    /// <exception cref="System.Net.Sockets.SocketException">An option could not be set.</exception>
    (BoundSocket Socket, IReadOnlyList<SafeHandle> Holders, Transport Transport)? Adopt(SocketPlace place, Task released);

    /// <summary>Closes what no entry of the map has taken, once the predecessor has closed its sockets.</summary>
    Task CloseUnclaimedAsync(Task released, ILogger logger);
}
