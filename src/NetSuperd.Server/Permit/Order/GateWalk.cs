using System.Net.Sockets;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit.Order;

/// <summary>Walks the gates that are on by some terms, in their order.</summary>
/// <remarks>
/// No gate takes anything before all gates that are asked together have let the visit pass, and all of that happens under one lock from the
/// first gate that counts. So a refusal takes nothing, and of two clients that come at once only one is let in at the last connection.
/// </remarks>
/// <param name="terms">The terms.</param>
internal sealed class GateWalk(Terms terms)
{
    private readonly Gate[] _all = [.. GateOrder.For(terms.IsOfDatagrams).Where(gate => gate.IsOn(terms))];
    private readonly QueueGate[] _unknown = terms.IsOfDatagrams ? [] : [.. Entries(terms).OfType<QueueGate>()];
    private readonly EntryGate[] _known = [.. Known(terms).TakeWhile(gate => !gate.Counts)];
    private readonly EntryGate[] _counting = [.. Known(terms).SkipWhile(gate => !gate.Counts)];
    private readonly AnswerGate[] _answers = Answers(terms, AddressFamily.InterNetwork);
    private readonly AnswerGate[] _answersToUnix = Answers(terms, AddressFamily.Unix);

    /// <summary>The terms.</summary>
    public Terms Terms => terms;

    /// <summary>Asks the gates that need no look at the peer, for a connection that has not been accepted yet.</summary>
    /// <returns>The gate that it does not pass; null: it passes.</returns>
    public QueueGate? PassUnknown(ref Visit visit)
    {
        lock (visit.State.Lock)
        {
            foreach (var gate in _unknown)
            {
                if (gate.Test(ref visit).Reason is not null)
                {
                    return gate;
                }
            }

            foreach (var gate in _unknown)
            {
                gate.Take(ref visit);
            }
        }

        return null;
    }

    /// <summary>Asks the other gates for an accepted connection, or all gates for a datagram.</summary>
    public Verdict PassKnown(ref Visit visit)
    {
        foreach (var gate in _known)
        {
            if (gate.Test(ref visit) is { Reason: not null } refusal)
            {
                return refusal;
            }
        }

        if (_counting.Length == 0)
        {
            return Verdict.Admitted;
        }

        lock (visit.State.Lock)
        {
            foreach (var gate in _counting)
            {
                if (gate.Test(ref visit) is { Reason: not null } refusal)
                {
                    return refusal;
                }
            }

            foreach (var gate in _counting)
            {
                gate.Take(ref visit);
            }
        }

        return Verdict.Admitted;
    }

    /// <summary>
    /// Notes a client that was accepted although a gate that needs no look at it is closed. It takes part only if it may come in at all.
    /// </summary>
    public static void NoteRefused(QueueGate closed, ref Visit visit)
    {
        if (GateOrder.Filtering.Test(ref visit).Reason is null)
        {
            lock (visit.State.Lock)
            {
                closed.NoteRefused(ref visit);
            }
        }
    }

    /// <summary>Asks the gates of answers.</summary>
    public Verdict PassAnswer(ref Answer answer)
    {
        var gates = answer.Arrival.IsUnix ? _answersToUnix : _answers;
        if (gates.Length == 0)
        {
            return Verdict.Admitted;
        }

        lock (answer.State.Lock)
        {
            foreach (var gate in gates)
            {
                if (gate.Test(ref answer) is { Reason: not null } refusal)
                {
                    return refusal;
                }
            }

            foreach (var gate in gates)
            {
                gate.Take(ref answer);
            }
        }

        return Verdict.Admitted;
    }

    /// <summary>How much of each limit is used, without those that are off. Under the lock.</summary>
    public IEnumerable<LimitUse> Uses(GateState state)
    {
        var now = state.Time.GetTimestamp();
        return _all.Select(gate => gate.Use(state, terms, now)).OfType<LimitUse>();
    }

    /// <summary>Whether a visit would be admitted now, and how much of each limit its source uses. Under the lock.</summary>
    /// <param name="service">The name of the service.</param>
    /// <param name="visit">A visit that is a look.</param>
    public Outlook OutlookOf(string service, ref Visit visit)
    {
        var uses = new List<LimitUse>();
        var (word, waits, wait) = ((string?)null, false, 0L);
        foreach (var gate in _all.OfType<EntryGate>())
        {
            // Two gates may refuse with the same word; the second has a time.
            if ((word is null || (word == gate.Refusal.Reason && wait == 0)) && gate.Test(ref visit).Reason is { } reason)
            {
                (word, waits, wait) = (reason, gate is QueueGate && !terms.Refuses, visit.Wait);
            }

            if (gate.UseOf(ref visit) is { } use)
            {
                uses.Add(use);
            }
        }

        foreach (var gate in _all.OfType<AnswerGate>())
        {
            if (gate.IsFor(visit.Peer.Family))
            {
                word ??= gate.Admits(visit.Peer) ? null : gate.Refusal.Reason;
                uses.AddRange(gate.UseOf(visit.State, terms, visit.Peer, visit.Now) is { } use ? [use] : []);
            }
        }

        return new Outlook(service, word, waits, wait > 0 ? Math.Round((double)wait / visit.State.Time.TimestampFrequency, 3) : null, uses);
    }

    private static IEnumerable<EntryGate> Entries(Terms terms) =>
        (terms.IsOfDatagrams ? GateOrder.OfDatagrams : GateOrder.OfConnections).Where(gate => gate.IsOn(terms));

    private static IEnumerable<EntryGate> Known(Terms terms) =>
        terms.IsOfDatagrams ? Entries(terms) : Entries(terms).Where(gate => gate is not QueueGate);

    private static AnswerGate[] Answers(Terms terms, AddressFamily family) =>
        !terms.IsOfDatagrams ? [] : [.. GateOrder.OfAnswers.Where(gate => gate.IsOn(terms) && gate.IsFor(family))];
}
