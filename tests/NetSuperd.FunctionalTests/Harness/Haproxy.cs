using System.Text.RegularExpressions;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>An HAProxy in TCP mode, whose servers can be watched.</summary>
public sealed partial class Haproxy : IAsyncDisposable
{
    private readonly string _stats;
    private readonly RunningProcess _process;

    /// <summary>Starts it.</summary>
    /// <param name="folder">Gets its configuration and its socket.</param>
    /// <param name="proxies">The frontends and backends.</param>
    public Haproxy(Scratch folder, string proxies)
    {
        _stats = folder["stats"];
        var file = folder.Write("haproxy.cfg", $"""
            global
                stats socket {_stats}
            defaults
                mode tcp
                timeout connect 10s
                timeout client 10s
                timeout server 10s
            {proxies}

            """);
        _process = RunningProcess.Start("/usr/sbin/haproxy", ["-db", "-f", file]);
    }

    /// <summary>Waits for the state of each server, and the weight if that is named: <c>one UP, two DRAIN</c>, <c>one UP 75</c>.</summary>
    public Task UntilAsync(string states) => Deadline.UntilAsync(
        StatesAsync, found => states == (states.Any(char.IsAsciiDigit) ? found : Weight().Replace(found, "")), states);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> StatesAsync()
    {
        Assert.False(_process.HasExited, _process.Errors.Tail);
        if (!File.Exists(_stats))
        {
            return "";
        }

        using var stats = await TcpPeer.ConnectUnixAsync(_stats);
        var rows = (await stats.ExchangeAsync("show stat\n")).TrimStart('#', ' ').Split('\n').Select(line => line.Split(',')).ToList();
        var (name, status, weight) = (Column("svname"), Column("status"), Column("weight"));
        return string.Join(", ", rows.Skip(1)
            .Where(row => row.Length > weight && row[name] is not ("FRONTEND" or "BACKEND"))
            .Select(row => $"{row[name]} {row[status].Split(' ')[0]} {row[weight]}"));

        int Column(string title) => Array.IndexOf(rows[0], title);
    }

    [GeneratedRegex(" [0-9]+")]
    private static partial Regex Weight();
}
