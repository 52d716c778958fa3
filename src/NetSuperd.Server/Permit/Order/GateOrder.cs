namespace NetSuperd.Server.Permit.Order;

/// <summary>
/// The gates in their order, and the only place that has it: connections, datagrams, their answers, <c>status</c> and <c>explain</c> walk
/// these lists (<see cref="GateWalk"/>). A new gate is a class, the state that it counts in, and an entry here.
/// </summary>
internal static class GateOrder
{
    /// <summary>The gates of connections. Those that need no look at the peer come first: they are asked before it is accepted.</summary>
    public static readonly EntryGate[] OfConnections =
    [
        new TotalLimitGate(), new ServiceLimitGate(), new RateGate(),
        new AddressGate(), new TimeGate(), new ShareGate(), new SourceRateGate(), new SourceLimitGate(), new NetworkLimitGate(),
    ];

    /// <summary>The gates of datagrams. Those over a limit are dropped, so every peer is known.</summary>
    public static readonly EntryGate[] OfDatagrams =
    [
        new AddressGate(), new TimeGate(), new RateGate(), new ShareGate(), new SourceRateGate(),
    ];

    /// <summary>The gates of answers to datagrams.</summary>
    public static readonly AnswerGate[] OfAnswers = [new LoopAddressGate(), new LoopPortGate(), new BudgetGate(), new LoopGate()];

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
