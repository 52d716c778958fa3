using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>What <c>agent-check</c> and <c>http-health</c> tell, to curl and to HAProxy.</summary>
public sealed class HealthTests
{
    private const string Agent = """
        [services.agent]
        handler = "agent-check"
        settings = { services = ["web"] }

        """;

    [Fact]
    public async Task Answers_FollowTheStateOfTheServices()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, FreePorts.Next()));
        taken.Listen();
        await using var daemon = await Daemon.StartAsync(
            Agent + $"""
            [ports]
            %web% = "web"
            "{taken.LocalEndPoint}" = "web"
            %agent% = "agent"
            %health% = "health"
            %apart% = "apart"
            [services.web]
            exec = ["/bin/cat"]
            max_connections = 4
            [services.health]
            handler = "http-health"
            [services.apart]
            handler = "http-health"
            user = "{Environment.UserName}"
            [daemon]
            drain = "2s"
            on_unavailable = "skip"
            """,
            new DaemonSetup { Expected = ["BindFailed", "ReloadRefused"] });

        await TellAsync("web: failed\n503", "down #web failed\n");
        taken.Dispose();
        await daemon.UntilAsync("web", "serving");
        await TellAsync("ok\n200", "up ready 100%\n");
        Assert.Equal("405", await FetchAsync("health", "--data", "x"));

        var clients = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => daemon.ConnectAsync("web")));
        await Task.WhenAll(clients.Select(client => client.TalkAsync("x")));
        await TellAsync("ok\n200", "up ready 50%\n");
        Array.ForEach(clients, client => client.Dispose());

        await daemon.DoAsync("pause", "web");
        await TellAsync("web: paused\n503", "drain #web paused\n");
        await daemon.DoAsync("stop", "web");
        await TellAsync("web: stopped\n503", "stopped #web stopped\n");

        daemon.Edit(map => map.Replace("[\"web\"]", "[\"wbe\"]", StringComparison.Ordinal));
        var messages = string.Join('\n', (await daemon.RequestAsync("reload")).Messages);
        Assert.Contains("map.toml:3:25: error: 'agent' shows the state of the unknown service 'wbe'", messages, StringComparison.Ordinal);

        async Task TellAsync(string health, string agent)
        {
            Assert.Equal(health, await FetchAsync("health"));
            using var asking = await daemon.ConnectAsync("agent");
            Assert.Equal(agent, await asking.ExchangeAsync("a line of agent-send\n"));

            // A worker is told a moment later.
            await Deadline.UntilAsync(() => FetchAsync("apart"), answer => answer == health, health);
        }

        Task<string> FetchAsync(string port, params string[] options) => Command.OutputAsync(
            "curl", ["--silent", "--show-error", "--write-out", "%{http_code}", .. options, $"http://127.0.0.1:{daemon.Port(port)}/"]);
    }

    [Fact]
    public async Task Haproxy_FollowsTheAgentsAndTheHealth()
    {
        await using var daemon = await Daemon.StartAsync(Agent + """
            [ports]
            %web% = "web"
            %agent% = "agent"
            %own% = "own"
            %health% = "health"
            [services.web]
            exec = ["/bin/cat"]
            max_connections = 4
            [services.own]
            exec = ["/bin/sh", "-c", "test ! -e %dir%/ill && echo up || echo down"]
            [services.health]
            handler = "http-health"
            settings = { services = ["web"] }
            """);
        await using var haproxy = new Haproxy(daemon);

        await UntilAsync("agent UP 100, own UP 100, health UP 100");
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["in"]);
        Assert.Equal("word", await client.ExchangeAsync("word"));
        using var held = await daemon.ConnectAsync("web");
        await held.TalkAsync("x");
        await UntilAsync("agent UP 75, own UP 100, health UP 100");

        await daemon.DoAsync("pause", "web");
        await UntilAsync("agent DRAIN 75, own UP 100, health DOWN 100");
        await daemon.DoAsync("resume", "web");
        held.Dispose();
        await UntilAsync("agent UP 100, own UP 100, health UP 100");

        daemon.Scratch.Write("ill", "");
        await daemon.DoAsync("stop", "web");
        await UntilAsync("agent DOWN 100, own DOWN 100, health DOWN 100");
        await daemon.DoAsync("start", "web");
        File.Delete(daemon.Scratch["ill"]);
        await UntilAsync("agent UP 100, own UP 100, health UP 100");

        Task UntilAsync(string states) => Deadline.UntilAsync(haproxy.StatesAsync, found => found == states, states);
    }

    /// <summary>An HAProxy whose servers are the daemon: by its agent, by a check of its own, and by its answer to HTTP.</summary>
    private sealed class Haproxy : IAsyncDisposable
    {
        private readonly string _stats;
        private readonly RunningProcess _process;

        public Haproxy(Daemon daemon)
        {
            _stats = daemon.Scratch["stats"];

            // The checks themselves would take places of the service.
            var web = $"127.0.0.1:{daemon.Port("web")} weight 100 check inter 50 port {daemon.Port("health")}";
            var file = daemon.Scratch.Write("haproxy.cfg", $"""
                global
                    stats socket {_stats}
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 10s
                    timeout server 10s
                frontend in
                    bind unix@{daemon.Scratch["in"]}
                    default_backend agents
                backend agents
                    server agent {web} agent-check agent-port {daemon.Port("agent")} agent-inter 50
                    server own {web} agent-check agent-port {daemon.Port("own")} agent-inter 50
                backend probes
                    option httpchk GET /
                    server health {web}

                """);
            _process = RunningProcess.Start("/usr/sbin/haproxy", ["-db", "-f", file]);
        }

        /// <summary>The state and the weight of each server.</summary>
        public async Task<string> StatesAsync()
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

        public ValueTask DisposeAsync() => _process.DisposeAsync();
    }
}
