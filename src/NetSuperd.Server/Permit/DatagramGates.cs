using NetSuperd.Native;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>
/// The gates before the datagrams of a service and their answers, which walk <see cref="GateOrder"/>. They stay over another map: buckets
/// are as full as they were.
/// </summary>
/// <remarks>
/// Datagrams over a limit are dropped: none waits, since what waits in the queue of the socket would only keep out the next ones.
/// </remarks>
/// <param name="terms">What the map says.</param>
/// <param name="time">The clock.</param>
internal sealed class DatagramGates(Terms terms, TimeProvider time)
{
    private readonly GateState _state = new(new Lock(), time);
    private volatile GateWalk _walk = new(terms);

    /// <summary>Another map is in force.</summary>
    public void Apply(Terms terms)
    {
        lock (_state.Lock)
        {
            _walk = new GateWalk(terms);
            _state.Fit(terms);
        }
    }

    /// <summary>Whether a datagram comes in. A refusal takes nothing.</summary>
    public Verdict Judge(in Peer peer)
    {
        var walk = _walk;
        var visit = new Visit(_state, walk.Terms, in peer);
        return walk.PassKnown(ref visit);
    }

    /// <summary>Whether an answer may be sent. A refusal takes nothing.</summary>
    /// <param name="peer">The sender of the datagram.</param>
    /// <param name="arrival">Between which addresses it came.</param>
    /// <param name="port">The port that it was sent to.</param>
    /// <param name="request">What it says.</param>
    /// <param name="bytes">What would be sent.</param>
    /// <param name="loops">The exchanges of the socket; null: its handler may answer for ever.</param>
    public Verdict JudgeAnswer(
        in Peer peer, in DatagramArrival arrival, int port, ReadOnlySpan<byte> request, ReadOnlySpan<byte> bytes, LoopWatch? loops)
    {
        var walk = _walk;
        var answer = new Answer(in peer, in arrival)
        {
            State = _state,
            Terms = walk.Terms,
            Port = port,
            Request = request,
            Bytes = bytes,
            Loops = loops,
        };
        return walk.PassAnswer(ref answer);
    }

    /// <summary>How much of each limit is used, in the order of the gates; those that are off are left out.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        lock (_state.Lock)
        {
            return [.. _walk.Uses(_state)];
        }
    }

    /// <summary>What would become of a datagram of a peer that came now.</summary>
    public Outlook Foresee(string service, in Peer peer)
    {
        lock (_state.Lock)
        {
            var walk = _walk;
            var visit = new Visit(_state, walk.Terms, in peer) { IsLook = true };
            return walk.Foresee(service, ref visit);
        }
    }
}
