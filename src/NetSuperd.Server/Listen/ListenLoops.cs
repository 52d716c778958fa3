using Microsoft.Extensions.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>Makes the loop of a listener once all its sockets are bound.</summary>
internal sealed class ListenLoops : IDisposable
{
    private readonly EventLoop _loop;
    private readonly EventLoop _childLoop;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DescriptorReserve _reserve;
    private readonly DatagramThreads _threads;

    /// <param name="host">What the system offers.</param>
    /// <param name="loop">Where connections for handlers are accepted.</param>
    /// <param name="childLoop">
    /// Where connections for children and workers are accepted, so that a storm of these does not hold up the handlers' connections.
    /// </param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="connections">Tells how many connections and children there are.</param>
    public ListenLoops(
        Host host, EventLoop loop, EventLoop childLoop, ILogger logger, TimeProvider time, Func<int> connections)
    {
        Host = host;
        (_loop, _childLoop, _logger, _time) = (loop, childLoop, logger, time);
        Network = new NetworkWatch(host.Sockets, loop, logger);
        _reserve = new DescriptorReserve(host.Process, connections);
        _threads = new DatagramThreads(
            name => _reserve.TryTake(DatagramThread.Descriptors)
                ? new DatagramThread(name, host, logger)
                : throw new IOException(_reserve.Reason));
    }

    /// <summary>What the system offers.</summary>
    public Host Host { get; }

    /// <summary>Lets servers, and children that get the sockets, start.</summary>
    public StartTurn Starts { get; } = new();

    /// <summary>Tells the listeners that this host has got an address or a network interface.</summary>
    public NetworkWatch Network { get; }

    /// <summary>Makes the loop of a listener.</summary>
    public IListenLoop Make(Listener listener, IReadOnlyList<BoundSocket> sockets) => listener.Assignment switch
    {
        { IsShared: true } or { IsServer: true } => Host.Sharing.LoopOf(listener, sockets, _childLoop, Starts, _logger, _time),
        { Accepts: true } accepting => new AcceptLoop(LoopOf(accepting), new Backlog(sockets[0], _reserve), _logger, _time, listener.Note),
        var datagrams => new DatagramLoop(
            sockets[0], _threads.For(datagrams.Service.Name, datagrams.Receiver.MayBlock(datagrams.Service)), _reserve),
    };

    /// <summary>
    /// Serves the clients that wait on a socket that is about to be closed. To be called while no other loop accepts on it.
    /// </summary>
    public Task DrainAsync(BoundSocket socket, Assignment assignment) =>
        new ClosingListener(LoopOf(assignment), socket, _time).DrainAsync(assignment);

    /// <summary>Reads the limit of descriptors again, and logs the names of handlers that block. To be called regularly.</summary>
    public void Watch()
    {
        _reserve.ReadLimit();
        _threads.Watch();
    }

    /// <summary>Ends the threads that no listener needs.</summary>
    public void EndUnused(IEnumerable<Assignment> assignments) => _threads.EndOthers(assignments
        .Where(assignment => !assignment.IsShared && !assignment.Accepts)
        .Select(assignment => (assignment.Service.Name, assignment.Receiver.MayBlock(assignment.Service))));

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        _threads.EndOthers([]);
        Starts.Dispose();
    }

    private EventLoop LoopOf(Assignment assignment) => assignment.Service.Rights is null ? _loop : _childLoop;
}
