namespace NetSuperd.Server.Permit;

/// <summary>The judgement of a client.</summary>
/// <param name="Reason">Null if it is admitted; otherwise the word of the closed list that log, counters and tests use.</param>
internal readonly record struct Verdict(string? Reason)
{
    /// <summary>The source or the network that has too many connections; null: another gate has judged.</summary>
    public Source? Full { get; init; }

    /// <summary>The client is admitted.</summary>
    public static Verdict Admitted => default;

    /// <summary><c>allow</c> and <c>deny</c> say no.</summary>
    public static Verdict Address => new("address");

    /// <summary>No window of <c>times</c> holds now.</summary>
    public static Verdict Time => new("time");

    /// <summary><c>rate</c> is used up.</summary>
    public static Verdict Rate => new("rate");

    /// <summary><c>rate_per_source</c> is used up for this source.</summary>
    public static Verdict SourceRate => new("source_rate");

    /// <summary>This source has <c>max_per_source</c> connections.</summary>
    public static Verdict SourceLimit => new("source_limit");

    /// <summary>The service has <c>max_connections</c>.</summary>
    public static Verdict ServiceLimit => new("service_limit");

    /// <summary>The daemon has <c>max_connections</c>.</summary>
    public static Verdict TotalLimit => new("total_limit");

    /// <summary>The datagram comes from a port whose service might answer the answer.</summary>
    public static Verdict LoopPort => new("loop_port");

    /// <summary>The datagram is one of an endless exchange of answers.</summary>
    public static Verdict Loop => new("loop");

    /// <summary>The datagram comes from an address that no real sender has.</summary>
    public static Verdict LoopAddress => new("loop_address");

    /// <summary><c>bytes_per_source</c> is used up for this source.</summary>
    public static Verdict Budget => new("budget");

    /// <summary>A socket with <c>proxy_protocol</c> takes no connections but those of <c>trusted</c>.</summary>
    public static Verdict Untrusted => new("untrusted");

    /// <summary>The proxy has sent no valid PROXY header in time.</summary>
    public static Verdict ProxyHeader => new("proxy_header");

    /// <summary>The daemon stops and takes no more.</summary>
    public static Verdict Draining => new("draining");
}
