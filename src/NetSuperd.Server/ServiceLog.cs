namespace NetSuperd.Server;

/// <summary>What the log has of a service's connections.</summary>
/// <param name="Names">Which connections it names.</param>
/// <param name="Facts">What is in the line of an end.</param>
public sealed record ServiceLog(LoggedConnections Names, LogFacts Facts)
{
    /// <summary>What the log has of a service before a map is in force.</summary>
    internal static ServiceLog Default { get; } = new(LoggedConnections.All, LogFacts.Default);
}

/// <summary>The words of <c>log</c> in a service.</summary>
public enum LoggedConnections
{
    /// <summary>Start and end of each connection, and refusals.</summary>
    All,

    /// <summary>Refusals, and connections that end by a signal, a time limit, or a worker or target that is lost.</summary>
    Refusals,

    /// <summary>No connection; what an administrator has to know about the service itself stays in the log.</summary>
    None,
}

/// <summary>The words of <c>log_fields</c>: facts that are known when a connection has ended.</summary>
[Flags]
public enum LogFacts
{
    None = 0,

    /// <summary>The process id of the child.</summary>
    Pid = 1,

    /// <summary>The exit status of the child, or its signal.</summary>
    Exit = 2,

    /// <summary>How long the connection lasted.</summary>
    Duration = 4,

    /// <summary>The bytes that a handler received and sent.</summary>
    Bytes = 8,

    /// <summary>The processor time of the child.</summary>
    Cpu = 16,

    /// <summary>The peak memory of the child.</summary>
    Memory = 32,

    /// <summary>The address and port that the client asked for.</summary>
    Local = 64,

    /// <summary>The target of a forward.</summary>
    Target = 128,

    /// <summary>What is in the line without the key.</summary>
    Default = Pid | Exit | Duration | Bytes | Cpu | Memory | Target,
}
