using System.Globalization;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>The answer to <em>explain</em>, with the gate that decides marked; explain.js makes the same.</summary>
internal static class ExplainedRows
{
    /// <summary>The answer; null: nothing was asked.</summary>
    public static Markup Of(ControlAnswer? answer, string peer) => answer switch
    {
        null => Markup.None,
        { Explained.Entries: { Count: > 0 } entries } => $"{entries.Select(entry => Entry(entry, peer))}",
        { Outlooks: { Count: > 0 } outlooks } => $"{outlooks.Select(Markup (outlook) => $"<p>{outlook.Service}: {Now(outlook)}</p>")}",
        _ => $"{answer.Messages.Select(Markup (message) => $"""<p class="why">{message}</p>""")}",
    };

    private static Markup Entry(ExplainedEntry entry, string peer)
    {
        var verdict = entry.Refusal is { } word ? $"{peer} would be refused: {word}" : $"{peer} may come in";
        var (tone, shape) = entry.Refusal is null ? ("good", "yes") : ("bad", "no");
        return $"""
            <div class="entry"><p class="verdict tone-{tone}">{StatusRows.Mark(shape)}<b>{verdict}</b>
            <span class="quiet">{entry.Service} at {entry.Socket}, {entry.At}</span></p>
            <ol class="gates">{entry.Gates.Select(gate => Gate(gate, entry.Refusal))}</ol>
            <p>{(entry.Now is { } now ? Now(now) : "")}</p></div>

            """;
    }

    private static Markup Gate(ExplainedStep gate, string? refusal)
    {
        var decides = gate.Admits is false && gate.Gate == refusal;
        var (tone, shape) = gate.Admits switch { true => ("good", "yes"), false => ("bad", "no"), null => ("quiet", "open") };
        var tag = decides ? $"""<strong class="tag">decides</strong>""" : Markup.None;
        return $"""
            <li class="tone-{tone}{(decides ? " decides" : "")}">{StatusRows.Mark(shape)}<b>{gate.Gate}</b><span>{gate.Text}</span>
            <span class="quiet">{gate.At ?? "default"}</span>{tag}</li>

            """;
    }

    private static string Now(Outlook now)
    {
        var verdict = now switch
        {
            { Word: null } => "would be let in",
            { Waits: true } => $"would wait in the backlog ({now.Word})",
            _ => $"would be refused ({now.Word})",
        };
        var retry = now.RetrySeconds is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"; the next token comes in {seconds:0.###} s") : "";
        var limits = now.Limits.Select(limit => $"{limit.Limit} {Figures.Count(limit.Used)} of {Figures.Count(limit.Most)}");
        var used = string.Join(", ", limits);
        return $"Now it {verdict}{retry}{(used.Length > 0 ? $"; used: {used}" : "")}.";
    }
}
