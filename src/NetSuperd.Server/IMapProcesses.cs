using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The children, servers and workers of one map.</summary>
internal interface IMapProcesses : IDisposable
{
    /// <summary>Starts the handlers in workers that are not started yet, before the map comes into force.</summary>
    /// <returns>An error for each that has not started.</returns>
    Task<IReadOnlyList<ConfigProblem>> StartHandlersAsync();

    /// <summary>Prepares what can fail because of missing descriptors.</summary>
    /// <exception cref="CallException">A pipe could not be made, or netsuperd-exec is not there.</exception>
    void Prepare();

    /// <summary>The map is in force: children may be started.</summary>
    void BringIntoForce();

    /// <summary>Another map is in force: completes when what only this one has is disposed of, after its last connection.</summary>
    Task RetireAsync(Configuration next);

    /// <summary>Where the clients of a service go; null: a handler in the daemon serves them.</summary>
    /// <param name="service">The service.</param>
    /// <param name="socketName">The name of a connection in LISTEN_FDNAMES.</param>
    /// <param name="stages">The stages.</param>
    IDestination? DestinationOf(Service service, string socketName, Stages stages);

    /// <summary>The worker that serves the datagrams of a socket; null: a handler in the daemon serves them.</summary>
    /// <param name="service">The service.</param>
    /// <param name="bound">The address of the socket.</param>
    IDatagramWorker? DatagramsOf(Service service, EndPoint bound);

    /// <summary>The receiver of the datagrams of a socket that a worker forwards.</summary>
    /// <param name="place">The socket in the map.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="loop">Its loop.</param>
    /// <param name="listener">The listener of the socket.</param>
    /// <param name="reserve">The descriptors that are kept from sessions.</param>
    /// <param name="datagrams">The gates of datagrams.</param>
    /// <param name="stages">The stages.</param>
    IDatagramReceiver SessionsOf(
        SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve, DatagramGates datagrams,
        Stages stages);

    /// <summary>A child that gets the sockets of a service themselves.</summary>
    /// <param name="service">The service.</param>
    /// <param name="lease">What was taken for it.</param>
    /// <param name="stages">The stages.</param>
    IChildStart SharedChild(Service service, Lease lease, Stages stages);

    /// <summary>The server of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="server">Its record.</param>
    /// <param name="stages">The stages.</param>
    IChildStart Server(Service service, ServerRecord server, Stages stages);
}
