namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// The gates in their order, and the only place that has it: connections, datagrams, their answers, <c>status</c> and <c>explain</c> walk
/// these lists (<see cref="GateWalk"/>). A new gate is a class, the state that it counts in, and an entry here.
/// </summary>
internal static class GateOrder
{
    /// <summary>The gate of an answer that the system does not let out, since its address is one of many hosts.</summary>
    public static readonly AnswerGate Forbidding = new LoopAddressGate();

    /// <summary>
    /// The gate that the kernel keeps for datagrams which children read themselves (<see cref="Config.Binding.SenderRules"/>).
    /// </summary>
    public static readonly EntryGate Filtering = new AddressGate();

    private static readonly QueueGate Rate = new RateGate();

    /// <summary>The gates of connections. Those that need no look at the peer come first: they are asked before it is accepted.</summary>
    public static readonly EntryGate[] OfConnections =
    [
        new TotalLimitGate(), new ServiceLimitGate(), Rate,
        Filtering, new TimeGate(), new ShareGate(Rate), new SourceRateGate(), new SourceLimitGate(), new NetworkLimitGate(),
    ];

    /// <summary>The gates of datagrams. Those over a limit are dropped, so every peer is known.</summary>
    public static readonly EntryGate[] OfDatagrams =
    [
        Filtering, new TimeGate(), Rate, new ShareGate(Rate), new SourceRateGate(),
    ];

    /// <summary>The gates that count the sessions of forwarded datagrams: those of connections that no datagram passes.</summary>
    public static readonly EntryGate[] OfSessions =
        [.. OfConnections.Where(gate => !Array.Exists(OfDatagrams, other => other.GetType() == gate.GetType()))];

    /// <summary>The gates of answers to datagrams.</summary>
    public static readonly AnswerGate[] OfAnswers = [Forbidding, new LoopPortGate(), new BudgetGate(), new LoopGate()];

    /// <summary>All gates of a service, one after the other.</summary>
    /// <param name="isOfDatagrams">Those of the datagrams that a handler serves, and of their answers.</param>
    public static IEnumerable<Gate> For(bool isOfDatagrams) => isOfDatagrams ? [.. OfDatagrams, .. OfAnswers] : OfConnections;

    /// <summary>A connection gives back what it has taken. Under the lock.</summary>
    public static void GiveBack(GateState state, Lease lease)
    {
        foreach (var gate in OfConnections)
        {
            gate.GiveBack(state, lease);
        }
    }
}
