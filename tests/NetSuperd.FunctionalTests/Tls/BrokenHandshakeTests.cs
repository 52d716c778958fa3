using System.Diagnostics;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>Strangers that do not speak TLS as they should, by the thousand.</summary>
public sealed class BrokenHandshakeTests
{
    private const int AtOnce = 12;
    private const int ShareOfLog = 80;
    private const long MostGrowth = 64 << 20;

    private static readonly string[] Ports = ["handler", "child", "forward"];

    // Fewer places than clients at once: one that is not given back soon keeps everyone out.
    private static readonly string Map = $$"""
        [ports]
        %handler% = "handler"
        %child% = "child"
        %forward% = "forward"
        "@netsuperd-broken-%handler%" = "plain"

        [services.handler]
        handler = "echo"
        max_connections = 4
        max_per_network = 4
        tls = { certificate = "www.pem", key = "www.key" }

        [services.child]
        exec = ["/bin/cat"]
        max_connections = 4
        max_per_network = 4
        tls = { certificate = "www.pem", key = "www.key" }

        [services.forward]
        forward = "@netsuperd-broken-%handler%"
        max_connections = 4
        max_per_network = 4
        tls = { certificate = "www.pem", key = "www.key" }

        [services.plain]
        handler = "echo"

        [log]
        format = "json"
        lines_per_source = "1/min burst {{ShareOfLog}}"
        """;

    [Fact]
    public async Task Handshakes_ThatAreBroken_LeaveNothingBehindAndDisturbNoClient()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup
        {
            Prepare = scratch => TestCertificate.Write(scratch.Folder, "www", TestCertificate.Create("www.example.org")),
        });
        var started = Stopwatch.GetTimestamp();
        var sent = new BrokenHandshake([Recorded.Tls], Farewell.Finish);
        await RunAsync(daemon, [.. Enumerable.Repeat(sent, 3 * AtOnce)]);
        var before = await AtRestAsync(daemon);
        var memory = before.Pids.ToDictionary(pid => pid, ProcFiles.AnonymousBytes);

        IReadOnlyList<BrokenHandshake> all = [.. BrokenHandshake.All(seed: 20)];
        await RunAsync(daemon, all);

        Assert.Equal(before, await Deadline.UntilAsync(
            () => AtRestAsync(daemon), after => after == before, "the processes, with as many descriptors as before"));
        Assert.All(before.Pids, pid => Assert.InRange(ProcFiles.AnonymousBytes(pid) - memory[pid], long.MinValue, MostGrowth));
        Assert.All(before.Pids, pid => Assert.InRange(ProcFiles.Threads(pid), 1, 40));

        // The share of the clients, two lines each, and what the log has of each service in every second that has begun.
        var most = (ShareOfLog / 2) + (10 * Ports.Length * (2 + (int)Stopwatch.GetElapsedTime(started).TotalSeconds));
        Assert.InRange(daemon.Events.Count(found => found.Name == "TlsFailed"), 1, Math.Min(most, all.Count / 2));
    }

    /// <summary>Each by a client of its own on every port in turn; a proper client comes after every hundredth.</summary>
    private static Task RunAsync(Daemon daemon, IReadOnlyList<BrokenHandshake> all) => Parallel.ForAsync(
        0,
        all.Count,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
        async (number, _) =>
        {
            var port = Ports[number % Ports.Length];
            using var peer = await daemon.ConnectAsync(port);
            await all[number].SendAsync(peer);
            if (number % 100 < Ports.Length)
            {
                using var proper = await TlsPeer.ConnectAsync(daemon, port);
                Assert.Equal("TEST", await proper.ExchangeAsync("TEST"));
                proper.Peer.Reset();
            }
        });

    private static async Task<AtRest> AtRestAsync(Daemon daemon)
    {
        var status = await daemon.StatusAsync(found => Ports.All(port => found.Service(port).Live == 0), "no connection");
        var workers = Ports.Select(port => status.Service(port).Worker!.Pid!.Value).Distinct().Order().ToList();
        return new AtRest(daemon.Pid, string.Join(' ', workers), string.Join(' ', workers.Prepend(daemon.Pid).Select(ProcFiles.Channels)));
    }

    /// <summary>The processes with what they hold open.</summary>
    private sealed record AtRest(int Daemon, string Workers, string Channels)
    {
        public IEnumerable<int> Pids => Workers.Split(' ').Select(int.Parse).Prepend(Daemon);
    }
}
