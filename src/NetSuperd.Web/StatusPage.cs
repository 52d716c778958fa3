using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>
/// The status page as HTML, complete without JavaScript; page.js brings it to life. Its frame is page.html, whose slots are filled here.
/// </summary>
internal static class StatusPage
{
    private const string Frame = "page.html";
    private const int MostNames = 3;
    private const int MostState = 32 * 1024;

    private static readonly string[] Parts = LoadFrame().Split(["{{", "}}"], StringSplitOptions.None);

    /// <summary>The page.</summary>
    /// <param name="status">What the daemon has told; null: it does not answer.</param>
    /// <param name="now">The present time.</param>
    /// <param name="trouble">Why it does not answer; null: it does.</param>
    /// <param name="operates">Whether the page may operate the daemon.</param>
    /// <param name="explained">The answer to the form for <em>explain</em>; null: nothing was asked.</param>
    /// <param name="peer">The peer of that form.</param>
    /// <param name="socket">The socket of that form.</param>
    /// <param name="connections">The live connections; null: they are not known.</param>
    public static string Render(
        DaemonStatus? status,
        DateTimeOffset now,
        string? trouble,
        bool operates,
        ControlAnswer? explained,
        string peer = "",
        string socket = "",
        IReadOnlyList<ListedConnection>? connections = null)
    {
        var known = status ?? Nothing(now);
        Markup Value(string slot) => slot switch
        {
            "operates" => operates ? $" data-operate" : Markup.None,
            "operate-hidden" => operates ? Markup.None : $" hidden",
            "title" => $"{Title(status)} - NetSuperd",
            "refresh" when explained is null => $"""<noscript><meta http-equiv="refresh" content="10"></noscript>""",
            "away-hidden" => trouble is null ? $" hidden" : Markup.None,
            "away" => $"{trouble}",
            "health" => $"{(status is null ? "bad" : Health(known))}",
            "headline" => Headline(status),
            "facts" when status is not null => $"{Facts(known, now).Select(Markup (fact) => $"<span>{fact}</span>")}",
            "figures" when status is not null => $"{FiguresOf(known)}",
            "troubles" when status is not null => Troubles(known),
            "services" => known.Services is [] ? Empty(8, status is null ? "Nothing is known yet." : "The map has no services.")
                : $"{known.Services.Select(service => StatusRows.Service(service, now))}",
            "services-count" => $"{Figures.Count(known.Services.Count)}",
            "sockets" => $"{known.Sockets.Select(each => StatusRows.Socket(each, now))}",
            "sockets-count" => $"{Figures.Count(known.Sockets.Count)}",
            "connections-head" => StatusRows.ConnectionHead(),
            "connections" => $"{connections?.Take(StatusRows.MostConnections).Select(StatusRows.Connection) ?? []}",
            "connections-count" => $"{Figures.Count(known.Connections)}",
            "explain-peer" => $"{peer}",
            "explain-socket" => $"{socket}",
            "explained" => ExplainedRows.Of(explained, peer),
            "map-file" => $"{known.Config}",
            "words" => Words.List(),
            "state" when status is not null => State(status, now),
            "foot" => $"As of {now}.",
            _ => Markup.None,
        };

        // The frame's parts are text and the name of a slot by turns; a value is never searched for slots.
        return string.Concat(Parts.Select((part, at) => at % 2 == 0 ? part : Value(part).ToString()));
    }

    /// <summary>What the scripts show first; a long one comes with the stream.</summary>
    private static Markup State(DaemonStatus status, DateTimeOffset now) =>
        Markup.Json(new StatusEvent(now, status), WebJson.Default.StatusEvent) is var json && json.Length <= MostState ? json : Markup.None;

    private static DaemonStatus Nothing(DateTimeOffset now) => new(0, now, now, null, 0, [], [], null, []);

    private static string Title(DaemonStatus? status) =>
        status is null ? "No answer" : Failed(status) is { Count: > 0 } failed ? $"{failed.Count} failed" : "Serving";

    private static string Health(DaemonStatus status) => Failed(status).Count > 0 ? "bad" : Halted(status).Count > 0 ? "warn" : "good";

    private static List<string> Failed(DaemonStatus status) => Named(status, "failed", "ended");

    private static List<string> Halted(DaemonStatus status) => Named(status, "paused", "stopped");

    private static List<string> Named(DaemonStatus status, params string[] states) =>
        [.. status.Services.Where(service => states.Contains(service.State)).Select(service => service.Name)];

    private static Markup Headline(DaemonStatus? status)
    {
        if (status is null)
        {
            return $"""{StatusRows.Mark("bad")}<span class="line">The daemon does not answer</span>""";
        }

        var (failed, halted) = (Failed(status), Halted(status));
        var line = $"Serving {Figures.Of(Named(status, "serving").Count, "service")}"
            + (failed.Count > 0 ? $"; failed: {Names(failed)}" : "")
            + (halted.Count > 0 ? $"; paused or stopped: {Names(halted)}" : "");
        return $"""{StatusRows.Mark(Health(status) is "warn" ? "paused" : Health(status))}<span class="line">{line}</span>""";
    }

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");

    private static IEnumerable<string> Facts(DaemonStatus status, DateTimeOffset now) => new[]
    {
        $"Process {status.Pid}",
        status.Version is null ? null : $"version {status.Version}",
        $"up {Figures.Span((now - status.Started).TotalSeconds)}",
        $"map applied {Figures.Span((now - status.Applied).TotalSeconds)} ago",
        status.Config,
    }.OfType<string>();

    private static IEnumerable<Markup> FiguresOf(DaemonStatus status)
    {
        yield return Figure("Connections", Figures.Count(status.Connections), status.MaxConnections);
        yield return Figure("Busiest network", Figures.Count(status.MaxPerNetwork?.Used), status.MaxPerNetwork);
        yield return Figure("Accepted", Figures.Count(status.Services.Sum(service => service.Accepted)), null);
        yield return Figure("Refused", Figures.Count(status.Services.Sum(service => service.Reasons.Values.Sum())), null);
        yield return Figure("In", Figures.Bytes(status.Services.Sum(service => service.Received ?? 0)), null);
        yield return Figure("Out", Figures.Bytes(status.Services.Sum(service => service.Sent ?? 0)), null);
        yield return Figure("Processor", status.Process is { } use ? Figures.Span(use.CpuSeconds) : Figures.Count(null), null);
        yield return Figure("Memory", Figures.Bytes(status.Process?.ResidentBytes), null);
        yield return Figure(
            "Descriptors",
            Figures.Count(status.Process?.Descriptors),
            status.Process is { } process ? new LimitUse("descriptors", process.Descriptors, process.MaxDescriptors) : null);
    }

    private static Markup Figure(string name, string value, LimitUse? limit)
    {
        var bar = limit is null ? Markup.None : StatusRows.Limit(limit);
        return $"""<div class="figure"><span>{name}</span><b>{value}</b>{bar}</div>""";
    }

    private static Markup Troubles(DaemonStatus status)
    {
        var found = status.Services.Where(service => StatusRows.Tone(service.State) is "bad" or "warn")
            .Select(service => (service.State, Subject: service.Name, Text: service.Reason ?? service.State))
            .Concat(status.Sockets.Where(socket => socket.Reason is not null)
                .Select(socket => (socket.State, Subject: $"{socket.Socket} ({socket.Service})", Text: socket.Reason!)))
            .ToList();
        return found.Count == 0
            ? Trouble("serving", "", "Nothing is wrong.")
            : $"{found.Select(each => Trouble(each.State, $"{each.Subject}: ", each.Text))}";
    }

    private static Markup Trouble(string state, string subject, string text) =>
        $"""
        <li class="tone-{StatusRows.Tone(state)}">{StatusRows.Mark(StatusRows.Shape(state))}<div><b>{subject}</b>{text}</div></li>

        """;

    private static Markup Empty(int columns, string text) => $"""<tr class="empty"><td colspan="{columns}">{text}</td></tr>""";

    private static string LoadFrame()
    {
        using var resource = typeof(StatusPage).Assembly.GetManifestResourceStream(Frame)
            ?? throw new InvalidOperationException($"{Frame} is not embedded");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
