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

        // The checks themselves would take places of the service.
        var web = $"127.0.0.1:{daemon.Port("web")} weight 100 check inter 50 port {daemon.Port("health")}";
        await using var haproxy = new Haproxy(daemon.Scratch, $"""
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

        await haproxy.UntilAsync("agent UP 100, own UP 100, health UP 100");
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["in"]);
        Assert.Equal("word", await client.ExchangeAsync("word"));
        using var held = await daemon.ConnectAsync("web");
        await held.TalkAsync("x");
        await haproxy.UntilAsync("agent UP 75, own UP 100, health UP 100");

        await daemon.DoAsync("pause", "web");
        await haproxy.UntilAsync("agent DRAIN 75, own UP 100, health DOWN 100");
        await daemon.DoAsync("resume", "web");
        held.Dispose();
        await haproxy.UntilAsync("agent UP 100, own UP 100, health UP 100");

        daemon.Scratch.Write("ill", "");
        await daemon.DoAsync("stop", "web");
        await haproxy.UntilAsync("agent DOWN 100, own DOWN 100, health DOWN 100");
        await daemon.DoAsync("start", "web");
        File.Delete(daemon.Scratch["ill"]);
        await haproxy.UntilAsync("agent UP 100, own UP 100, health UP 100");
    }
}
