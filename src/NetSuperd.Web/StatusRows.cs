using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Web;

/// <summary>The rows of the tables of the status page; services.js, sockets.js and connections.js make the same of what changes.</summary>
internal static class StatusRows
{
    /// <summary>The most connections of a page that does not scroll them itself.</summary>
    public const int MostConnections = 500;

    private static readonly string[] Columns = ["Id", "Service", "Peer", "Local", "State", "Age", "Idle", "In", "Out", "RTT", "Process"];

    /// <summary>The shape of a state: states.js has the same table.</summary>
    public static string Shape(string state) => state switch
    {
        "serving" or "listening" => "good",
        "paused" or "stopped" => state,
        "failed" or "ended" => "bad",
        "disabled" => "off",
        "starting" or "restarting" or "ending" => "turning",
        "resting" => "resting",
        _ => "open",
    };

    /// <summary>How urgent a state is.</summary>
    public static string Tone(string state) => Shape(state) switch
    {
        "good" or "resting" => "good",
        "bad" => "bad",
        "paused" or "stopped" or "turning" => "warn",
        _ => "quiet",
    };

    /// <summary>A shape of the page's set.</summary>
    public static Markup Mark(string shape) =>
        $"""<svg class="mark" aria-hidden="true" width="10" height="10"><use href="#mark-{shape}"/></svg>""";

    /// <summary>A service.</summary>
    public static Markup Service(ServiceStatus service, DateTimeOffset now) =>
        $"""
        <tr class="tone-{Tone(service.State)}"><td class="state">{State(service.State)}
        <span class="quiet">for {Figures.Span((now - service.Since).TotalSeconds)}</span></td>
        <th scope="row"><b>{service.Name}</b><span class="quiet">{Kind(service)}</span><span class="why">{service.Reason}</span></th>
        <td class="number" data-label="Live">{Figures.Count(service.Live)}</td>
        <td class="number" data-label="Accepted"><span>{Figures.Count(service.Accepted)}</span></td>
        <td data-label="Refused">{Counts(service.Reasons)}</td>
        <td data-label="Ended">{Counts(service.Ends)}{Counts(service.Datagrams)}</td>
        <td class="number" data-label="Bytes"><span>{Figures.Bytes(service.Received)} in</span>
        <span>{Figures.Bytes(service.Sent)} out</span></td>
        <td class="limits" data-label="Limits">{service.Limits.Select(Limit)}</td></tr>

        """;

    /// <summary>A socket.</summary>
    public static Markup Socket(SocketStatus socket, DateTimeOffset now) =>
        $"""
        <tr class="tone-{Tone(socket.State)}"><td class="state">{State(socket.State)}</td>
        <td class="address" data-label="Socket">{socket.Socket}<span class="why">{socket.Reason}</span></td>
        <td data-label="Transport">{socket.Transport}</td><td data-label="Service">{socket.Service}</td>
        <td class="number" data-label="Waiting">{Figures.Count(socket.Waiting)}</td>
        <td class="number" data-label="Dropped">{Figures.Count(socket.Dropped)}</td>
        <td data-label="For">{Figures.Span((now - socket.Since).TotalSeconds)}</td></tr>

        """;

    /// <summary>A connection.</summary>
    public static Markup Connection(ListedConnection connection)
    {
        string[] texts =
        [
            $"{connection.Id}", connection.Service, connection.Peer, LocalOf(connection), connection.State ?? "\u2013",
            Figures.Span(connection.AgeSeconds), Figures.Span(connection.IdleSeconds), Figures.Bytes(connection.Received),
            Figures.Bytes(connection.Sent), connection.RoundTripMilliseconds is { } time ? $"{time:0.00} ms" : "\u2013",
            $"{connection.Pid ?? connection.Process}",
        ];
        var cells = texts.Zip(Columns, Markup (text, column) => $"""<td class="{Class(column)}" data-label="{column}">{text}</td>""");
        return $"<tr>{cells}</tr>\n";
    }

    /// <summary>The head of the table of connections.</summary>
    public static Markup ConnectionHead() =>
        $"{Columns.Select(Markup (column) => $"""<th scope="col" class="{Class(column)}">{column}</th>""")}";

    /// <summary>A limit as a bar with its numbers.</summary>
    public static Markup Limit(LimitUse limit)
    {
        var part = limit.Most > 0 ? Math.Clamp(100 * limit.Used / limit.Most, 0, 100) : 100;
        var level = part == 100 ? "full" : part >= 80 ? "near" : "free";
        var full = part == 100 ? " full" : "";
        return $"""
            <div class="limit" data-level="{level}" role="meter" aria-label="{limit.Limit}" aria-valuemin="0"
             aria-valuemax="{limit.Most}" aria-valuenow="{Math.Min(limit.Used, limit.Most)}" aria-valuetext="{limit.Used} of {limit.Most}">
            <span class="limit-name">{limit.Limit}</span>
            <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/>
            <rect class="fill" width="{part}" height="6"/></svg>
            <span class="limit-numbers">{Figures.Count(limit.Used)} / {Figures.Count(limit.Most)}{full}</span></div>

            """;
    }

    /// <summary>The own end, and where the connection is forwarded.</summary>
    private static string LocalOf(ListedConnection connection) =>
        connection.Target is { } target ? $"{connection.Local} \u2192 {target}" : connection.Local;

    private static Markup State(string state) => $"{Mark(Shape(state))}<b>{state}</b>";

    private static IEnumerable<Markup> Counts(IReadOnlyDictionary<string, long> words) =>
        words.OrderBy(word => word.Key, StringComparer.Ordinal).Select(Markup (word) =>
            $"""<div class="word"><span>{word.Key}</span> <span class="tally">{Figures.Count(word.Value)}</span></div>""");

    private static string Kind(ServiceStatus service) =>
        service.Server?.Pid is { } pid ? $"{service.Kind}, process {pid}" : service.Kind;

    private static string Class(string column) => column switch
    {
        "Id" or "Age" or "Idle" or "RTT" => $"col-{column.ToLowerInvariant()} number",
        "Process" => "col-pid number",
        "In" => "col-received number",
        "Out" => "col-sent number",
        _ => $"col-{column.ToLowerInvariant()}",
    };
}
