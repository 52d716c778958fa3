namespace NetSuperd.Server.Tally;

/// <summary>Something that has happened, for programs that read events.</summary>
/// <param name="Name">
/// <c>start</c>, <c>end</c> or <c>refused</c> of a connection or child; else the name of the event in the log.
/// </param>
/// <param name="Time">When.</param>
public sealed record ServerEvent(string Name, DateTimeOffset Time)
{
    /// <summary>The name of the start of a connection or child.</summary>
    public const string Started = "start";

    /// <summary>The name of its end.</summary>
    public const string Ended = "end";

    /// <summary>The name of the refusal of a connection.</summary>
    public const string Refused = "refused";

    /// <summary>The service; null: it concerns no single one.</summary>
    public string? Service { get; init; }

    /// <summary>The record of the connection, which is read when the event is written; null: there is none.</summary>
    public ConnectionRecord? Record { get; init; }

    /// <summary>The child of the connection when the event came.</summary>
    public int? Pid { get; init; }

    /// <summary>How the connection ended, as the log has it.</summary>
    public string? End { get; init; }

    /// <summary>The word of the gate that has refused it, or why it ended in this way; null: there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>How long the connection lasted; null while it has not ended.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>The message of the log; null for a connection.</summary>
    public string? Message { get; init; }

    /// <summary>How urgent the message is, as the log has it.</summary>
    public string? Level { get; init; }
}
