using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>
/// The gates before one service, which walk <see cref="GateOrder"/>. A reload keeps them: live connections stay counted, and buckets keep
/// their level.
/// </summary>
/// <remarks>
/// Gates that need no look at the client come first, before it is accepted: the total, the limit of the service, its rate. All are taken
/// or none: a service that waits at one limit holds nothing of another. But clients that wait for a token may all be of one source: where
/// many do, they are accepted without one, the source that took the tokens is refused, and another client keeps its listener waiting until
/// its token is there.
/// </remarks>
/// <param name="service">The service.</param>
/// <param name="gates">The lock of all gates.</param>
/// <param name="total">The connections of the daemon.</param>
/// <param name="terms">The rules of the map.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ServiceGates(
    string service, Lock gates, ConnectionCount total, Terms terms, ILogger logger, TimeProvider time)
{
    private readonly GateState _state = new(gates, total, time);
    private readonly Deferral _deferral = new(service, logger, time);
    private volatile GateWalk _walk = new(terms);
    private DatagramGates? _datagrams;
    private volatile bool _isDraining;

    /// <summary>The gates before its datagrams; null where no handler serves any.</summary>
    public DatagramGates? Datagrams => _datagrams;

    /// <summary>The gates before its datagrams, by a map that has a handler serve them.</summary>
    /// <param name="ownPorts">The ports on which the daemon takes datagrams.</param>
    /// <param name="isBuiltin">Whether the handler is a built-in.</param>
    public DatagramGates DatagramsBy(IReadOnlySet<int> ownPorts, bool isBuiltin)
    {
        var terms = _walk.Terms.OfDatagrams(ownPorts, isBuiltin, time);
        var datagrams = LazyInitializer.EnsureInitialized(ref _datagrams, () => new DatagramGates(terms, time));
        datagrams.Apply(terms);
        return datagrams;
    }

    /// <summary>Whether nothing of it is taken.</summary>
    public bool IsEmpty => Connections.IsEmpty;

    /// <summary>Why its clients wait now: the word of a limit; null where they do not.</summary>
    public string? Deferring => _deferral.Reason;

    /// <summary>Applies another map. Admitted clients stay.</summary>
    /// <param name="terms">What it says.</param>
    /// <param name="reach">The peers that can come at all.</param>
    public void Apply(Terms terms, Reach reach)
    {
        lock (gates)
        {
            _walk = new GateWalk(terms);
            _state.Apply(terms);
        }

        Connections.Limit(terms.Admission.MaxConnections, reach);
    }

    /// <summary>Refuses every client from now on.</summary>
    public void Drain() => _isDraining = true;

    /// <summary>Wakes the queues that wait here.</summary>
    public void Wake() => Connections.Wake();

    /// <summary>The connections, here and elsewhere.</summary>
    public int Taken => Connections.Use.Taken;

    /// <summary>Counts the connections that another process has of the service.</summary>
    public void CountElsewhere(int count) => Connections.SetElsewhere(count);

    /// <summary>Counts them by source and by network.</summary>
    /// <param name="peers">One for each connection.</param>
    public void CountElsewhere(IEnumerable<Peer> peers)
    {
        var all = peers.ToList();
        var live = all.Select(peer => peer.SourceBy(_walk.Terms.Admission.SourcePrefix)).CountBy(source => source).ToDictionary();
        lock (gates)
        {
            if (live.Count > 0 || _state.HasSources)
            {
                _state.Sources.SetElsewhere(live);
            }
        }

        Connections.SetElsewhere([.. all.Select(peer => Networks.Of(peer))]);
    }

    /// <summary>Counts the connection and takes the token of a client that has not been accepted yet.</summary>
    /// <param name="wait">
    /// The wait that its queue begins at a limit; null: the client does not wait, and the lease says why nothing was taken.
    /// </param>
    /// <returns>Null where the queue waits, or would have to and is empty.</returns>
    public Lease? TryEnter(GateWait? wait)
    {
        if (TryTake(out var token) is not { } closed)
        {
            _deferral.End();
            wait?.Enter();
            return new Lease(this, null, token);
        }

        if (_walk.Terms.Refuses)
        {
            _deferral.End();
        }
        else if (wait is not null)
        {
            return Defer(wait, closed);
        }

        return new Lease(this, closed, null);
    }

    /// <summary>Judges a client that has been accepted.</summary>
    /// <param name="lease">What was taken for the client.</param>
    /// <param name="record">Its record.</param>
    /// <param name="socket">The connection; the system tells the groups of a unix peer. Null: it is not accepted yet.</param>
    /// <param name="mayWait">
    /// Whether it may wait for a token where none was taken for it; otherwise it gets the next one ahead of time.
    /// </param>
    public Verdict Judge(Lease lease, ConnectionRecord record, StreamSocket? socket, bool mayWait = true)
    {
        if (_isDraining)
        {
            lease.WaitsAt = null;
            lease.Dispose();
            return Verdict.Draining;
        }

        return Judge(lease, Peer.Of(record, socket, _walk.Terms.Rules.AskForGroups), mayWait);
    }

    /// <summary>Judges a client that has been accepted, or has sent the first datagram. A refusal takes nothing with it.</summary>
    /// <param name="lease">What was taken for the client.</param>
    /// <param name="peer">The client.</param>
    /// <param name="mayWait">
    /// Whether it may wait for a token where none was taken for it; otherwise it gets the next one ahead of time.
    /// </param>
    public Verdict Judge(Lease lease, in Peer peer, bool mayWait = true)
    {
        if (lease.Closed is { } closed)
        {
            NoteRefused(closed, peer);
            return closed.Refusal;
        }

        lease.WaitsAt = null;
        var verdict = JudgePeer(lease, peer, mayWait);
        lease.IsAdmitted = verdict.Reason is null;
        if (!lease.IsAdmitted && lease.WaitsAt is null)
        {
            lease.Dispose();
        }

        return verdict;
    }

    /// <summary>Gives back what a lease holds.</summary>
    public void Release(Lease lease)
    {
        lock (gates)
        {
            GateOrder.GiveBack(_state, lease);
        }
    }

    private ConnectionCount Connections => _state.Connections;

    private Verdict JudgePeer(Lease lease, in Peer peer, bool mayWait)
    {
        var walk = _walk;
        var visit = new Visit(_state, walk.Terms, in peer)
        {
            Lease = lease,
            Token = lease.Pace,
            IsAhead = lease.IsAhead,
            MayWait = mayWait,
        };
        return walk.PassKnown(ref visit);
    }

    /// <param name="token">The pace of the token that was taken; null: there is no rate, or none was to be taken.</param>
    /// <param name="isAhead">Whether a client comes in without a token.</param>
    /// <returns>The gate that is closed; null: everything was taken.</returns>
    private QueueGate? TryTake(out Pace? token, bool isAhead = false)
    {
        var walk = _walk;
        var visit = new Visit(_state, walk.Terms) { IsAhead = isAhead };
        var closed = walk.PassUnknown(ref visit);
        token = visit.Token;
        return closed;
    }

    private void NoteRefused(QueueGate closed, in Peer peer)
    {
        var walk = _walk;
        var visit = new Visit(_state, walk.Terms, in peer);
        GateWalk.NoteRefused(closed, ref visit);
    }
}
