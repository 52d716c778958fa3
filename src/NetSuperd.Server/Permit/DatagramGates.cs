using NetSuperd.Platform;
using NetSuperd.Server.Permit.Order;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>
/// The gates before the datagrams of a service and their answers, which walk <see cref="GateOrder"/>. A reload keeps them: buckets keep
/// their level.
/// </summary>
/// <remarks>Datagrams over a limit are dropped, not queued: a full queue of the socket would only shut out later senders.</remarks>
/// <param name="terms">The rules of the map.</param>
/// <param name="time">The clock.</param>
internal sealed class DatagramGates(Terms terms, TimeProvider time)
{
    private readonly GateState _state = GateState.OfDatagrams(time);
    private volatile GateWalk _walk = new(terms);

    /// <summary>Applies another map.</summary>
    public void Apply(Terms terms)
    {
        lock (_state.Lock)
        {
            _walk = new GateWalk(terms);
            _state.Apply(terms);
        }
    }

    /// <summary>Judges a datagram. A refusal takes nothing.</summary>
    public Verdict Judge(in Peer peer)
    {
        var walk = _walk;
        var visit = new Visit(_state, walk.Terms, in peer);
        return walk.PassKnown(ref visit);
    }

    /// <summary>Whether an answer may be sent. A refusal takes nothing.</summary>
    /// <param name="peer">The sender of the datagram.</param>
    /// <param name="arrival">The addresses between which it travelled.</param>
    /// <param name="port">The port that it was sent to.</param>
    /// <param name="request">The datagram.</param>
    /// <param name="bytes">The answer.</param>
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

    /// <summary>How much of each limit is used, in the order of the gates, without those that are off.</summary>
    public IReadOnlyList<LimitUse> Uses()
    {
        lock (_state.Lock)
        {
            return [.. _walk.Uses(_state)];
        }
    }

    /// <summary>Whether a datagram of a peer would be admitted now.</summary>
    public Outlook OutlookOf(string service, in Peer peer)
    {
        lock (_state.Lock)
        {
            var walk = _walk;
            var visit = new Visit(_state, walk.Terms, in peer) { IsLook = true };
            return walk.OutlookOf(service, ref visit);
        }
    }
}
