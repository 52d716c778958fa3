using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>Two daemons behind HAProxy, as the README has them.</summary>
public sealed class TwoMachinesTests
{
    private const string Client = "127.0.0.5";

    [Fact]
    public async Task Machines_ThatStopInTurn_LoseNoClient()
    {
        int[] web = [FreePorts.Next(), FreePorts.Next()];
        int[] agents = [FreePorts.Next(), FreePorts.Next()];
        var front = FreePorts.Next();
        using var folder = new Scratch();
        var machines = new Daemon?[2];
        try
        {
            foreach (var (i, _) in machines.Index())
            {
                machines[i] = await Daemon.StartAsync(Map(web[i], agents[i]));
            }

            await using var haproxy = new Haproxy(folder, $"""
                frontend in
                    bind 127.0.0.1:{front}
                    default_backend web
                backend web
                    option redispatch
                    server one 127.0.0.1:{web[0]} send-proxy-v2 weight 100 check inter 50 agent-check agent-port {agents[0]} agent-inter 50
                    server two 127.0.0.1:{web[1]} send-proxy-v2 weight 100 check inter 50 agent-check agent-port {agents[1]} agent-inter 50
                """);
            await haproxy.UntilAsync("one UP, two UP");
            using var load = Load.OnPort(front, from: Client);
            await load.MoreAsync(50);

            foreach (var (i, _) in machines.Index())
            {
                await machines[i]!.DoAsync("pause", "rotation");
                await haproxy.UntilAsync(i == 0 ? "one DRAIN, two UP" : "one UP, two DRAIN");
                await machines[i]!.StatusAsync(status => status.Service("web").Live == 0, "no client is left");
                await load.MoreAsync(50);
                await machines[i]!.DisposeAsync();
                machines[i] = null;

                await load.MoreAsync(50);
                machines[i] = await Daemon.StartAsync(Map(web[i], agents[i]));
                await haproxy.UntilAsync("one UP, two UP");
                await machines[i]!.WaitForEventAsync(
                    "ConnectionEnded", end => end["Peer"].StartsWith($"{Client}:", StringComparison.Ordinal) && end["Service"] == "web");
            }

            await load.EndAsync();
        }
        finally
        {
            foreach (var machine in machines.OfType<Daemon>())
            {
                await machine.DisposeAsync();
            }
        }
    }

    private static string Map(int web, int agent) => $$"""
        [ports]
        {{web}} = { service = "web", proxy_protocol = "required", trusted = ["127.0.0.1"] }
        {{agent}} = "agent"
        "@netsuperd-rotation-{{web}}" = "rotation"

        [services.web]
        handler = "echo"

        [services.rotation]
        handler = "discard"

        [services.agent]
        handler  = "agent-check"
        settings = { services = ["web", "rotation"] }
        allow    = ["127.0.0.1"]
        """;
}
