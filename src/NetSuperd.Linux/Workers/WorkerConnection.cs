using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>A connection that a worker serves.</summary>
/// <remarks>
/// The daemon keeps its own descriptor, so that it can end the connection whatever the worker does, and reads and writes nothing.
/// </remarks>
/// <param name="run">The process that serves it.</param>
/// <param name="live">The connections of all workers.</param>
/// <param name="service">The service whose handler serves it.</param>
/// <param name="socket">The connection.</param>
/// <param name="record">Its record.</param>
/// <param name="admission">Its time limits, which the worker keeps.</param>
internal sealed class WorkerConnection(
    WorkerRun run, LiveConnections live, WorkerService service, StreamSocket socket, ConnectionRecord record, Admission admission)
    : IConnectionHolder
{
    // The worker ends a connection by itself unless it hangs, or does not want to.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>The process that serves it.</summary>
    public WorkerRun Run => run;

    /// <summary>The service whose handler serves it.</summary>
    public WorkerService Service => service;

    /// <summary>The connection.</summary>
    public StreamSocket Socket => socket;

    /// <summary>Its record.</summary>
    public ConnectionRecord Record => record;

    /// <summary>The child that is started once the connection is encrypted; null: a handler of the worker serves it.</summary>
    public EncryptedChild? Child { get; init; }

    /// <summary>The socket from which its target is reached, with the address of the client; null: any.</summary>
    public StreamSocket? Source { get; init; }

    /// <summary>Tells how long a session of datagrams has been idle; null: it is a connection.</summary>
    public Func<TimeSpan>? IdleSession { get; init; }

    /// <summary>Whether its handler has passed it to another service.</summary>
    public bool IsGivenAway { get; private set; }

    /// <inheritdoc/>
    public StreamSocket? GiveAway() => (IsGivenAway = live.Remove(this)) ? socket : null;

    /// <summary>What goes to the worker.</summary>
    public IEnumerable<SafeHandle> Descriptors =>
        (Child?.Pair.Own.SafeHandle ?? (SafeHandle?)Source) is { } other ? [socket, other] : [socket];

    /// <summary>The message with which it goes to the worker.</summary>
    public ConnectionMessage Message => new()
    {
        Kind = Child is not null ? MessageKind.ServeForChild
            : Source is not null ? MessageKind.ServeFrom
            : IdleSession is not null ? MessageKind.ServeDatagrams
            : MessageKind.Serve,
        Handler = service.Order.Number,
        Id = record.Id,
        Limits = ConnectionTimes.Of(admission),
        Family = (byte)socket.Family,
        Local = IpEnd.Of(record.Local),
        Peer = IpEnd.Of(record.Peer),
    };

    /// <summary>Closes here what goes to the worker beside the connection.</summary>
    public void CloseOther()
    {
        Child?.Pair.Own.Dispose();
        Source?.Dispose();
    }

    /// <summary>Whether it has lasted for longer than <c>max_duration</c>, and the worker has not ended it.</summary>
    public bool IsOver(TimeSpan age) => age > admission.MaxDuration + Grace;

    /// <summary>How long no data has passed in either direction; null where the system does not report it.</summary>
    public TimeSpan? Idle => IdleSession?.Invoke() ?? socket.Status()?.Idle;

    /// <summary>Counts its bytes before it is severed: what the worker has reported is old by now.</summary>
    public void Count()
    {
        if (socket.Status() is { } tcp && IsCounted)
        {
            (record.BytesReceived, record.BytesSent) = (tcp.Received, tcp.Sent);
        }
    }

    /// <summary>Its state, as the system tells it.</summary>
    public ConnectionStatus GetStatus()
    {
        var tcp = socket.Status();
        var state = tcp is { } info ? (ConnectionState)info.State : ConnectionState.Established;
        var (received, sent) = tcp is { } counts && IsCounted ? (counts.Received, counts.Sent) : (0, 0);
        return new ConnectionStatus(state, tcp?.RoundTripTime, tcp?.Retransmits,
            Math.Max(record.BytesReceived, received), Math.Max(record.BytesSent, sent));
    }

    // Of a multipath connection the system tells of the first path alone.
    private bool IsCounted => socket.Has(ProtocolType.Tcp);
}
