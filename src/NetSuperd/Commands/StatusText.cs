using System.Globalization;
using System.Text;
using NetSuperd.Control;
using NetSuperd.Logging;

namespace NetSuperd.Commands;

/// <summary>The tables of <c>status</c> and <c>connections</c>.</summary>
internal static class StatusText
{
    private const int MostCharsPerCell = 200;

    /// <summary>What the daemon serves.</summary>
    public static string Format(StatusDocument daemon, DateTimeOffset now)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"netsuperd, process {daemon.Pid}, up {Age(now - daemon.Started)}, map of {Age(now - daemon.Applied)} ago");
        text.Append(daemon.Config is { } config ? $", {Clean(config)}\n" : "\n");
        foreach (var before in daemon.Lingering)
        {
            text.Append(CultureInfo.InvariantCulture, $"process {before.Pid} before it still serves {before.Connections} connections\n");
        }

        text.Append('\n').Append(Table(
            ["SERVICE", "KIND", "STATE", "FOR", ">LIVE", ">ENDED", "DETAILS"],
            daemon.Services.Select(service => new[]
            {
                service.Name,
                service.Kind,
                service.State,
                Age(now - service.Since),
                Number(service.Live),
                Number(service.Ends.Values.Sum()),
                service.Reason ?? string.Join(", ", service.Ends.Concat(service.Reasons).Select(count => $"{count.Key} {count.Value}")),
            })));
        text.Append('\n').Append(Table(
            ["SOCKET", "TYPE", "SERVICE", "STATE", "FOR", ">WAITING", "DETAILS"],
            daemon.Sockets.Select(socket => new[]
            {
                socket.Socket, socket.Transport, socket.Service, socket.State, Age(now - socket.Since), Number(socket.Waiting), socket.Reason ?? "",
            })));
        return text.ToString();
    }

    /// <summary>The connections that live.</summary>
    public static string Format(IReadOnlyList<ConnectionDocument> connections) => Table(
        [">ID", "SERVICE", "PROTOCOL", "PEER", "LOCAL", "STATE", ">AGE", ">RECEIVED", ">SENT", ">RTT", ">PID"],
        connections.Select(connection => new[]
        {
            Number(connection.Id),
            connection.Service,
            connection.Protocol,
            connection.Peer,
            connection.Local,
            connection.State ?? "-",
            Age(TimeSpan.FromSeconds(connection.AgeS)),
            Number(connection.Received),
            Number(connection.Sent),
            connection.RttMs is { } rtt ? string.Create(CultureInfo.InvariantCulture, $"{rtt:0.###}ms") : "-",
            Number(connection.Pid ?? connection.Process),
        }));

    /// <summary>Aligned columns; a header with &gt; is for numbers.</summary>
    private static string Table(string[] headers, IEnumerable<string[]> rows)
    {
        var isNumber = headers.Select(header => header[0] == '>').ToArray();
        List<string[]> all = [[.. headers.Select(header => header.TrimStart('>'))], .. rows.Select(row => row.Select(Clean).ToArray())];
        var widths = Enumerable.Range(0, headers.Length).Select(column => all.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in all)
        {
            var cells = row.Select((cell, column) => isNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>The two greatest units: <c>3d4h</c>, <c>12m5s</c>, <c>8s</c>.</summary>
    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Days}d{age.Hours}h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Hours}h{age.Minutes}m"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Minutes}m{age.Seconds}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalSeconds)}s"),
    };

    /// <summary>What a map or a peer has written does not steer the terminal.</summary>
    private static string Clean(string text)
    {
        using var cleaned = new StringWriter(CultureInfo.InvariantCulture);
        LineText.Write(text, MostCharsPerCell, cleaned);
        return cleaned.ToString();
    }
}
