using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>The data of <c>explain --json</c>, beside the version.</summary>
internal sealed record ExplainedPeer(IReadOnlyList<ExplainedEntry> Entries)
{
    /// <summary>From the explanation of a map, and what a daemon says of the peer now.</summary>
    public static ExplainedPeer Of(IReadOnlyList<Explanation> entries, IReadOnlyList<Outlook>? outlooks) => new(
    [
        .. entries.Select(entry => new ExplainedEntry(
            entry.Port.Key.Text,
            entry.Port.Service.Name,
            $"{entry.Port.At}",
            entry.Refusal,
            [.. entry.Gates.Select(gate => new ExplainedStep(gate.Gate, gate.Text, gate.Admits, gate.At?.ToString()))],
            outlooks?.FirstOrDefault(outlook => outlook.Service == entry.Port.Service.Name))),
    ]);
}

/// <summary>
/// An entry of the map that answers: <c>At</c> is its position, <c>Refusal</c> the word of the gate that refuses, <c>Now</c> the daemon's
/// part.
/// </summary>
internal sealed record ExplainedEntry(
    string Socket, string Service, string At, string? Refusal, IReadOnlyList<ExplainedStep> Gates, Outlook? Now);

/// <summary>A gate: <c>Admits</c> is null where that depends on other clients; the position is null for a default.</summary>
internal sealed record ExplainedStep(string Gate, string Text, bool? Admits, string? At);
