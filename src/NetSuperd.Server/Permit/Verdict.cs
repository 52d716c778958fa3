namespace NetSuperd.Server.Permit;

/// <summary>Whether a connection may come in.</summary>
/// <param name="Reason">Null when it may; else the word of the closed list that log, counters and tests use.</param>
internal readonly record struct Verdict(string? Reason)
{
    /// <summary>It may come in.</summary>
    public static Verdict Admitted => default;

    /// <summary>The daemon stops and takes no more.</summary>
    public static Verdict Draining => new("draining");
}
