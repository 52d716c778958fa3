using System.Globalization;
using System.Text;
using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
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
        if (loaded.FileMissing && call.Config is null && await AskAsync(call) is { } known)
        {
            return known;
        }

        if (loaded.HasErrors)
        {
            MapArguments.Say(loaded);
            return MapArguments.Status(loaded);
        }

        var (entries, problem) = Explanation.Of(
            loaded.Map, peer, socket, MapArguments.BuiltinNames, MapArguments.Host.Names, TimeProvider.System.GetUtcNow());
        if (problem is not null)
        {
            Terminal.Say($"netsuperd: {problem}");
            return ExitStatus.Usage;
        }

        var path = call.Control ?? loaded.Map.Daemon.Control;
        var answer = path is null ? null : await ControlClient.AskAsync(FullPath.Of(path), call.Request, CancellationToken.None);
        var outlooks = answer is { Status: ExitStatus.Ok, Outlooks: { } found } ? found : null;
        return Terminal.Print(call.Json
            ? ControlProtocol.Document(ExplainedPeer.Of(entries, outlooks), ControlJson.Default.ExplainedPeer)
            : Text(peer, entries, outlooks));
    }

    /// <summary>Lets the daemon explain to a user that may not read its map.</summary>
    /// <returns>The exit status; null: no daemon answers this user.</returns>
    private static async Task<int?> AskAsync(CommandCall call)
    {
        var (path, _) = DaemonArguments.Find(call.Control, call.Config, isQuestion: true);
        var answer = path is null ? null : await ControlClient.AskAsync(path, call.Request, CancellationToken.None);
        if (answer is not { Status: ExitStatus.Usage } and not { Explained: not null })
        {
            return null;
        }

        DaemonCommand.Say(answer);
        return DaemonCommand.Show(answer, explained => call.Json
            ? ControlProtocol.Document(explained.Explained!, ControlJson.Default.ExplainedPeer)
            : Text(call.Request.Peer!, explained.Explained!));
    }

    /// <summary>What a daemon has explained, as text for people.</summary>
    internal static string Text(string peer, ExplainedPeer explained) =>
        string.Join("\n\n", explained.Entries.Select(entry => Text(peer, entry))) + "\n";

    private static string Text(string peer, ExplainedEntry entry) => PlainText.OfLines(string.Join(
        '\n',
        [
            $"{entry.At}: service: {entry.Service} answers on {entry.Socket}",
            .. entry.Gates.Select(gate => $"{gate.At ?? "default"}: {gate.Gate}: {gate.Text}"),
            entry.Refusal is { } word ? $"{peer} is refused ({word})" : $"{peer} may come in",
            .. entry.Now is { } now ? [$"now: {Now(now)}"] : Array.Empty<string>(),
        ]));

    private static string Text(string peer, IReadOnlyList<Explanation> entries, IReadOnlyList<Outlook>? outlooks)
    {
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            var service = entry.Port.Service;
            var what = service.Handler is { } handler ? $"handler {handler}"
                : service.Forward is { } forward ? $"forward {string.Join(", ", forward.Targets)}"
                : $"exec {service.Program!.Path}";
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
}
