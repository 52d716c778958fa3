using System.Text.Json.Serialization;
using NetSuperd.Control;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>The daemon's answer, as the page gets it.</summary>
internal sealed record WebAnswer
{
    /// <summary>The exit status that the command would have.</summary>
    public required int Status { get; init; }

    /// <summary>Its messages.</summary>
    public required IReadOnlyList<string> Messages { get; init; }

    /// <summary>What a reload has changed, or would change.</summary>
    public IReadOnlyList<MapChange>? Changes { get; init; }

    /// <summary>The map in force.</summary>
    public IReadOnlyDictionary<string, string>? Entries { get; init; }

    /// <summary>Whether a peer would be admitted.</summary>
    public IReadOnlyList<Outlook>? Outlooks { get; init; }

    /// <summary>Which gates decide that.</summary>
    public ExplainedPeer? Explained { get; init; }

    /// <summary>What the daemon has said.</summary>
    public static WebAnswer Of(ControlAnswer answer) => new()
    {
        Status = answer.Status,
        Messages = answer.Messages,
        Changes = answer.Changes,
        Entries = answer.Entries,
        Outlooks = answer.Outlooks,
        Explained = answer.Explained,
    };

    /// <summary>What this process says itself.</summary>
    public static WebAnswer Of(int status, string message) => new() { Status = status, Messages = [message] };
}

/// <summary>What an operator asks the page to do; the members are those of a request to the daemon.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record Order
{
    public required string Command { get; init; }

    public long? Id { get; init; }

    public string? Service { get; init; }

    public string? Peer { get; init; }

    public string? State { get; init; }

    public string? Idle { get; init; }

    public bool? DryRun { get; init; }
}
