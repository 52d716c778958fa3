namespace NetSuperd.Server.Config;

/// <summary>The words of <c>balance</c>: which target of a forward gets a connection.</summary>
public enum Balance
{
    /// <summary>The first one that answers, in the order of the map.</summary>
    First,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>The same one for the same address of a client, as long as it answers.</summary>
    Source,
}
