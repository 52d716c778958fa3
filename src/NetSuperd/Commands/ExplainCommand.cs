using System.Globalization;
using System.Text;
using NetSuperd.Control;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Commands;

/// <summary>
/// <c>netsuperd explain</c>: which service would answer a peer on a socket, whether the peer would be admitted, and which line decides. The
/// map is enough for that; a running daemon adds what is left of its limits.
/// </summary>
internal static class ExplainCommand
{
    /// <returns>0 whatever the answer is; 64 where the peer or the socket is malformed; 66 or 78 as <c>check</c>.</returns>
    public static async Task<int> RunAsync(CommandCall call)
    {
        var (peer, socket) = (call.Request.Peer!, call.Request.Socket!);
        var (map, status) = await DaemonArguments.FindMapAsync(call.Control, call.Config);
        if (status != ExitStatus.Ok)
        {
            return status;
        }

        var loaded = MapLoader.Load(MapArguments.Request(map, [], toRun: false));
        if (loaded.HasErrors)
        {
            MapArguments.Say(loaded);
            return MapArguments.Status(loaded);
        }

        var (entries, problem) = Explanation.Of(loaded.Map, peer, socket, MapArguments.BuiltinNames, TimeProvider.System.GetUtcNow());
        if (problem is not null)
        {
            Terminal.Say($"netsuperd: {problem}");
            return ExitStatus.Usage;
        }

        var path = call.Control ?? loaded.Map.Daemon.Control;
        var answer = path is null ? null : await ControlClient.AskAsync(FullPath.Of(path), call.Request, CancellationToken.None);
        var outlooks = answer is { Status: ExitStatus.Ok, Outlooks: { } found } ? found : null;
        return Terminal.Print(call.Json
            ? ControlProtocol.Document(Document(entries, outlooks), ControlJson.Default.ExplainedPeer)
            : Text(peer, entries, outlooks));
    }

    private static string Text(string peer, IReadOnlyList<Explanation> entries, IReadOnlyList<Outlook>? outlooks)
    {
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            var service = entry.Port.Service;
            var what = service.Handler is { } handler ? $"handler {handler}" : $"exec {service.Program!.Path}";
            text.Append(ProblemText.Format(entry.Port.At, "service", $"{service.Name} ({what}) answers on {entry.Port.Key}")).Append('\n');
            foreach (var gate in entry.Gates)
            {
                text.Append(gate.At is { } at
                    ? ProblemText.Format(at, gate.Gate, gate.Text)
                    : PlainText.Of($"default: {gate.Gate}: {gate.Text}"))
                    .Append('\n');
            }

            var unless = service.Kind == ServiceKind.Wait && !entry.IsFiltered ? " unless a child has the socket" : "";
            var verdict = entry.Refusal is { } word ? $"is refused ({word}){unless}" : "may come in";
            text.Append(PlainText.Of($"{peer} {verdict}")).Append('\n');
            if (outlooks?.FirstOrDefault(outlook => outlook.Service == service.Name) is { } now)
            {
                text.Append("now: ").Append(Now(now)).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static string Now(Outlook outlook)
    {
        var verdict = outlook.Word is not { } word ? "it would be let in" : $"it would {(outlook.Waits ? "wait" : "be refused")} ({word})";
        var again = outlook.RetrySeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $", again in {seconds:0.###} s") : "";
        var used = string.Concat(outlook.Limits.Select(use => string.Create(
            CultureInfo.InvariantCulture, $"; {use.Limit} {use.Used} of {use.Most} used")));
        return verdict + again + used;
    }

    private static ExplainedPeer Document(IReadOnlyList<Explanation> entries, IReadOnlyList<Outlook>? outlooks) => new(
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

/// <summary>The data of <c>explain --json</c>, beside the version.</summary>
internal sealed record ExplainedPeer(IReadOnlyList<ExplainedEntry> Entries);

/// <summary>
/// An entry of the map that answers: <c>At</c> is its position, <c>Refusal</c> the word of the gate that refuses, <c>Now</c> the daemon's
/// part.
/// </summary>
internal sealed record ExplainedEntry(
    string Socket, string Service, string At, string? Refusal, IReadOnlyList<ExplainedStep> Gates, Outlook? Now);

/// <summary>A gate: <c>Admits</c> is null where that depends on other clients; the position is null for a default.</summary>
internal sealed record ExplainedStep(string Gate, string Text, bool? Admits, string? At);
