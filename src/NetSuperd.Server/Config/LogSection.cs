namespace NetSuperd.Server.Config;

/// <summary>The section <c>[log]</c>. The defaults are those of <see cref="Keys.LogKeys"/>.</summary>
public sealed record LogSection
{
    /// <summary>The least level that is logged.</summary>
    public required LogThreshold Level { get; init; }

    /// <summary>The format of a line.</summary>
    public required LogFormat Format { get; init; }

    /// <summary>Where lines go.</summary>
    public required LogTarget Target { get; init; }

    /// <summary>The file of the target <c>file</c>, reopened on USR1.</summary>
    public required string? File { get; init; }

    /// <summary>How much of a peer's address is logged.</summary>
    public required LogAddress Address { get; init; }

    /// <summary>
    /// How many lines the log takes for the connections of one source (an IPv4 address, an IPv6 /64 or a user): two for each connection.
    /// The network around the source has four times as many. Start and end of further connections are left out and counted. Null: without
    /// limit.
    /// </summary>
    public required Rate? LinesPerSource { get; init; }
}

/// <summary>The words of <c>log.level</c>.</summary>
public enum LogThreshold
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>The words of <c>log.format</c>: a line of text, or one JSON object a line.</summary>
public enum LogFormat
{
    Text,
    Json,
}

/// <summary>
/// The words of <c>log.target</c>. The journal and syslog have fields beside the text; without their socket, standard error gets the lines.
/// The event log is that of Windows.
/// </summary>
public enum LogTarget
{
    Stderr,
    Journal,
    Syslog,
    File,
    EventLog,
}

/// <summary>The words of <c>log.address</c>: the address; its first 24 (IPv4) or 48 (IPv6) bits; or nothing.</summary>
public enum LogAddress
{
    Full,
    Prefix,
    None,
}
