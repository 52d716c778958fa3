using System.Globalization;
using System.Text;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Tally;

namespace NetSuperd.Commands;

/// <summary>What the daemon serves, as text for people.</summary>
internal static class StatusText
{
    /// <summary>One line about the daemon, then tables of services, sockets, datagrams, used limits and lingering processes.</summary>
    /// <param name="status">What the daemon has answered.</param>
    /// <param name="now">The present time.</param>
    /// <param name="room">The room that a line has; null: any.</param>
    public static string Format(DaemonStatus status, DateTimeOffset now, LineRoom? room = null)
    {
        var text = new StringBuilder();
        var map = status.Config is { } file ? PlainText.Of(file) : "map of the command line";
        var live = status.Connections == 1 ? "1 connection" : $"{Number(status.Connections)} connections";
        var version = status.Version is { } known ? $", version {PlainText.Of(known)}" : "";
        Add($"netsuperd {status.Pid}{version}, up {Age.Format(status.Started, now)}, {live}");
        Add($"{map}, applied {Age.Format(status.Applied, now)} ago");
        AddTable(Services(status, now));
        AddTable(Sockets(status, now));
        if (status.Services.Any(service => service.Server is not null))
        {
            AddTable(Servers(status, now));
        }

        if (status.Services.Any(service => service.Datagrams.Count > 0))
        {
            AddTable(Datagrams(status));
        }

        var limits = Limits(status).ToList();
        if (limits.Count > 0)
        {
            AddTable(Limits(limits));
        }

        if (status.Lingering.Count > 0)
        {
            AddTable(Lingering(status, now));
        }

        return text.ToString();

        void Add(string line) => text.Append(room?.Fit(line) ?? line).Append('\n');

        void AddTable(TextTable table) => text.Append('\n').Append(table.ToString(room));
    }

    /// <summary>Everything that is known of one service.</summary>
    public static string Details(DaemonStatus status, ServiceStatus service, DateTimeOffset now, LineRoom? room)
    {
        var one = status with
        {
            Services = [service],
            Sockets = [.. status.Sockets.Where(socket => socket.Service == service.Name)],
            MaxConnections = null,
            MaxPerNetwork = null,
        };
        var bytes = service.Received is { } received ? $", received {Number(received)} bytes, sent {Number(service.Sent)}" : "";
        var text = new StringBuilder($"accepted {Number(service.Accepted)}{bytes}\n\n")
            .Append(Services(one, now).ToString(room)).Append('\n').Append(Sockets(one, now).ToString(room));
        if (service.Server is not null)
        {
            text.Append('\n').Append(Servers(one, now).ToString(room));
        }

        if (service.Datagrams.Count > 0)
        {
            text.Append('\n').Append(Datagrams(one).ToString(room));
        }

        return text.Append('\n').Append(Limits(service.Limits.Select(use => ((string?)service.Name, use))).ToString(room)).ToString();
    }

    private static TextTable Services(DaemonStatus status, DateTimeOffset now)
    {
        var table = new TextTable(
            "SERVICE~", "KIND?", "STATE", " SINCE", " LIVE", "USER?", "WORKER", "ENDED~", "REASON~");
        foreach (var service in status.Services)
        {
            var ends = Counters(service.Ends);
            var ended = service.Reasons.Count == 0 ? ends : $"{ends} ({Counters(service.Reasons)})";
            table.Add(
                service.Name,
                service.Kind,
                service.State,
                Age.Format(service.Since, now),
                Number(service.Live),
                service.User,
                service.Worker is { } worker ? string.Join(' ', ((string?[])[worker.Name, Number(worker.Pid)]).OfType<string>()) : null,
                ended.Length == 0 ? null : ended,
                service.Reason);
        }

        return table;
    }

    private static TextTable Sockets(DaemonStatus status, DateTimeOffset now)
    {
        var table = new TextTable("SOCKET~", "TRANSPORT?", "SERVICE~", "STATE", " SINCE", " WAITING", " DROPPED", "REASON~");
        foreach (var row in status.Sockets.GroupBy(RowOf))
        {
            var socket = row.First();
            table.Add(
                row.Key.Host is { } host ? $"{host}:{PortNumbers.Text(row.Select(one => Split(one.Socket).Port))}" : socket.Socket,
                socket.Transport,
                socket.Service,
                socket.State,
                Age.Format(row.Max(one => one.Since), now),
                socket.Waiting is null ? null : Number(row.Sum(one => one.Waiting)),
                row.Sum(one => one.Dropped) is > 0 and var dropped ? Number(dropped) : null,
                socket.Reason);
        }

        return table;
    }

    /// <summary>
    /// The row of a socket: the ports of a range or a list on one address have one for each of their states, any other socket its own.
    /// </summary>
    private static (string? Entry, string? Host, string Socket, string Service, string State, string? Reason) RowOf(SocketStatus socket) =>
        socket.Entry is null ? (null, null, $"{socket.Transport} {socket.Socket}", socket.Service, socket.State, socket.Reason)
            : (socket.Entry, Split(socket.Socket).Host, "", socket.Service, socket.State, socket.Reason);

    private static (string Host, uint Port) Split(string socket)
    {
        var colon = socket.LastIndexOf(':');
        return (socket[..colon], uint.Parse(socket.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static TextTable Servers(DaemonStatus status, DateTimeOffset now)
    {
        var table = new TextTable("SERVER~", " PID", " SINCE", " RESTARTS", "LAST END~", "STATUS~");
        foreach (var (name, server) in status.Services.Select(service => (service.Name, service.Server)))
        {
            if (server is not null)
            {
                table.Add(
                    name,
                    Number(server.Pid),
                    server.Since is { } since ? Age.Format(since, now) : null,
                    Number(server.Restarts),
                    server is { LastEnd: { } end, LastEndAt: { } at } ? $"{end}, {Age.Format(at, now)} ago" : null,
                    server.Status);
            }
        }

        return table;
    }

    private static TextTable Datagrams(DaemonStatus status)
    {
        var table = new TextTable("DATAGRAMS~", " RECEIVED", " ANSWERED", " REFUSED", " TRUNCATED", " FAILED", " UNSENT");
        foreach (var service in status.Services.Where(service => service.Datagrams.Count > 0))
        {
            table.Add(service.Name, Of("received"), Of("answered"), Of("refused"), Of("truncated"), Of("failed"), Of("unsent"));

            string? Of(string word) => Number(service.Datagrams.GetValueOrDefault(word));
        }

        return table;
    }

    /// <summary>The limits that are in use.</summary>
    private static IEnumerable<(string? Service, LimitUse Use)> Limits(DaemonStatus status) =>
        ((IEnumerable<(string?, LimitUse?)>)[(null, status.MaxConnections), (null, status.MaxPerNetwork)])
        .Concat(status.Services.SelectMany(service => service.Limits.Select(use => ((string?)service.Name, (LimitUse?)use))))
        .Where(limit => limit.Item2 is { Used: > 0 })
        .Select(limit => (limit.Item1, limit.Item2!));

    private static TextTable Limits(IEnumerable<(string? Service, LimitUse Use)> limits)
    {
        var table = new TextTable("LIMIT", "SERVICE~", " USED", " MOST");
        foreach (var (service, use) in limits)
        {
            table.Add(use.Limit, service, Number(use.Used), Number(use.Most));
        }

        return table;
    }

    private static TextTable Lingering(DaemonStatus status, DateTimeOffset now)
    {
        var table = new TextTable(" LINGERING", " UP", " CONNECTIONS", "VERSION~");
        foreach (var process in status.Lingering)
        {
            var up = process.Started is { } started ? Age.Format(started, now) : null;
            table.Add(Number(process.Pid), up, Number(process.Connections), process.Version);
        }

        return table;
    }

    private static string Counters(IReadOnlyDictionary<string, long> counters) =>
        string.Join(", ", counters.Where(counter => counter.Value != 0).Select(counter => $"{counter.Key} {Number(counter.Value)}"));

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
