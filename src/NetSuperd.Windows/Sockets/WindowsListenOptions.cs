namespace NetSuperd.Windows.Sockets;

/// <summary>The options of a socket that listens or receives datagrams; what is null stays as the system has it.</summary>
public sealed record WindowsListenOptions
{
    /// <summary>The size of the buffer for what arrives, in bytes (SO_RCVBUF).</summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>The size of the buffer for what is sent, in bytes (SO_SNDBUF).</summary>
    public int? SendBuffer { get; init; }

    /// <summary>Whether small segments are sent at once (TCP_NODELAY), for TCP.</summary>
    public bool NoDelay { get; init; }

    /// <summary>Whether a client that has gone without a word is noticed (SO_KEEPALIVE), for TCP.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>After how long without data it is asked first (TCP_KEEPIDLE, in whole seconds).</summary>
    public TimeSpan? KeepAliveIdle { get; init; }

    /// <summary>How long it has for each answer (TCP_KEEPINTVL, in whole seconds).</summary>
    public TimeSpan? KeepAliveInterval { get; init; }

    /// <summary>How often it is asked (TCP_KEEPCNT).</summary>
    public int? KeepAliveProbes { get; init; }

    /// <summary>The hop limit of what is sent (IP_TTL, IPV6_UNICAST_HOPS).</summary>
    public int? HopLimit { get; init; }

    /// <summary>The number of the network interface by which a multicast group is joined; 0: the system chooses it.</summary>
    public int GroupInterface { get; init; }

    /// <summary>
    /// Whether the port is this socket's alone (SO_EXCLUSIVEADDRUSE). False only for the wildcard of a port of which another socket has an
    /// address.
    /// </summary>
    /// <remarks>
    /// Winsock, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", the tables of Windows Server 2003 and later: an exclusive wildcard refuses
    /// every address after it, and an exclusive address refuses an exclusive wildcard, so both cannot be exclusive in any order. The
    /// strictest is an exclusive address, and then a plain wildcard, which is bound to all other addresses: a program of another account
    /// can take none of these, not with SO_REUSEADDR either (access denied), and none can bind the wildcard or the address once more. A
    /// program of the same account can bind one of the other addresses, with any option. Wine refuses the pair in any order.
    /// </remarks>
    public bool IsExclusive { get; init; } = true;
}
