using System.Globalization;
using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary>The live connections and children, as text for people.</summary>
internal static class ConnectionsText
{
    /// <summary>A table.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="room">The room that a line has; null: any.</param>
    public static string Format(IReadOnlyList<ListedConnection> connections, LineRoom? room = null)
    {
        var table = new TextTable(
            " ID", "SERVICE~", "PROTOCOL?", "LOCAL?", "PEER~", "TARGET?", "STATE", " AGE", " IDLE?", " RECEIVED", " SENT", " RTT?", " PID",
            " PROCESS?");
        foreach (var live in connections)
        {
            table.Add(
                Number(live.Id),
                live.Service,
                live.Protocol,
                live.Local,
                live.Peer,
                live.Target,
                live.State,
                Age.Format(TimeSpan.FromSeconds(live.AgeSeconds)),
                live.IdleSeconds is { } idle ? Age.Format(TimeSpan.FromSeconds(idle)) : null,
                Number(live.Received),
                Number(live.Sent),
                live.RoundTripMilliseconds is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time:0.##}ms") : null,
                Number(live.Pid),
                Number(live.Process));
        }

        return table.ToString(room);
    }

    /// <summary>Everything that is known of one connection, a line each.</summary>
    public static string Details(ListedConnection live)
    {
        var table = new TextTable("CONNECTION", Number(live.Id)!);
        foreach (var (name, value) in ((string, string?)[])
        [
            ("service", live.Service),
            ("peer", live.Peer),
            ("proxy", live.Proxy),
            ("local", $"{live.Local} ({live.Protocol})"),
            ("target", live.Target),
            ("state", live.State),
            ("since", live.Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)),
            ("age", Age.Format(TimeSpan.FromSeconds(live.AgeSeconds))),
            ("idle", live.IdleSeconds is { } idle ? Age.Format(TimeSpan.FromSeconds(idle)) : null),
            ("received", Number(live.Received) is { } received ? $"{received} bytes" : null),
            ("sent", Number(live.Sent) is { } sent ? $"{sent} bytes" : null),
            ("round trip", live.RoundTripMilliseconds is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time:0.##} ms") : null),
            ("child", Number(live.Pid)),
            ("daemon", Number(live.Process)),
        ])
        {
            table.Add(name, value);
        }

        return table.ToString();
    }

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
