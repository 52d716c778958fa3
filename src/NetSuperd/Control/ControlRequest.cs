namespace NetSuperd.Control;

/// <summary>What an operator asks of the daemon: one line of JSON.</summary>
/// <param name="V">The version of the protocol, 1.</param>
/// <param name="Command">
/// <c>status</c>, <c>connections</c>, <c>abort</c>, <c>pause</c>, <c>resume</c>, <c>reload</c>, <c>restart</c>, <c>stop</c> or <c>map</c>.
/// </param>
internal sealed record ControlRequest(int V, string Command)
{
    /// <summary>The version that is spoken.</summary>
    public const int Version = 1;

    /// <summary>The connection, for <c>abort</c>.</summary>
    public long? Id { get; init; }

    /// <summary>The service, for <c>pause</c> and <c>resume</c>.</summary>
    public string? Service { get; init; }

    /// <summary>For <c>reload</c>: only say what would change.</summary>
    public bool? DryRun { get; init; }

    /// <summary>For <c>stop</c>: without the drain time.</summary>
    public bool? Now { get; init; }
}
