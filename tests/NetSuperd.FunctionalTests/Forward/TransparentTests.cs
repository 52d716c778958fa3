using System.Net.Sockets;
using NetSuperd.FunctionalTests.Documents;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary><c>transparent</c>: connections to targets come from the address of the client.</summary>
public sealed class TransparentTests
{
    private const string Host = "10.9.0.1", Client = "10.9.0.2", OtherClient = "10.9.0.3";

    private const string Map = $$"""
        [ports]
        "{{Host}}:7001" = "seen"
        "127.0.0.1:7002" = { service = "proxied", proxy_protocol = "required", trusted = ["127.0.0.1"] }
        "{{Host}}:7003" = "six"
        "{{Host}}:7004" = "lost"
        [services.seen]
        forward = ["127.0.0.1:7009", "[::1]:8080", "127.0.0.1:8080"]
        [services.proxied]
        forward = ["127.0.0.1:8080", "[::1]:8080"]
        [services.six]
        forward = "[::1]:8080"
        [services.lost]
        forward = ["{{Host}}:8080", "127.0.0.1:8080"]
        connect_timeout = "1s"
        [defaults]
        transparent = true
        """;

    [Fact]
    public async Task Target_OnAHostWithTheRulesOfTheReadme_SeesTheAddressOfTheClient()
    {
        await using var server = await NetworkNamespace.CreateAsync();
        await using var client = await NetworkNamespace.CreateAsync();
        await server.JoinAsync(client, $"{Host}/24", $"{Client}/24");
        Assert.Equal(0, (await client.RunAsync("ip", "address", "add", $"{OtherClient}/24", "dev", "cable")).Status);
        await RouteAsync(server, "sport 8080");
        await RouteAsync(server, "sport 8080", commands => commands.Replace("8080", "7009", StringComparison.Ordinal));
        await using var four = Target(server, "TCP4-LISTEN:8080");
        await using var six = Target(server, "TCP6-LISTEN:8080,bind=[::1],ipv6only");
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Through = server.Enter });
        await ListensAsync(server);

        // The first target refuses, and the second one is of IPv6, for which a client of IPv4 has no address.
        Assert.Equal($"{Client}/TEST", await AskAsync(client, $"TCP:{Host}:7001"));
        Assert.Equal(
            "203.0.113.7/TEST", await AskAsync(server, "TCP:127.0.0.1:7002", "PROXY TCP4 203.0.113.7 127.0.0.1 4711 7002\\r\\n"));
        Assert.Equal(
            "[2001:0db8:0000:0000:0000:0000:0000:0007]/TEST",
            await AskAsync(server, "TCP:127.0.0.1:7002", "PROXY TCP6 2001:db8::7 ::1 4711 7002\\r\\n"));
        await daemon.WaitForEventsAsync("ConnectionEnded", 3, found => found["Service"] is "seen" or "proxied");
        Assert.DoesNotContain(daemon.Events, found => found.Name == "TargetSourceFailed");

        // A client that asks the target itself gets the answer, too.
        Assert.Equal($"{Client}/TEST", await AskAsync(client, $"TCP:{Host}:8080"));

        Assert.Equal("", await AskAsync(client, $"TCP:{Host}:7003"));
        Assert.Equal("no target has an address of IPv4", (await WaitForFailureAsync(daemon, "six"))["Reason"]);

        // The client itself gets the answers of a target at an address that the rules do not name. Other clients may reach it.
        Assert.EndsWith("/TEST", await AskAsync(client, $"TCP:{Host}:7004"), StringComparison.Ordinal);
        Assert.Equal($"{Host}:8080: Connection timed out", (await WaitForFailureAsync(daemon, "lost"))["Reason"]);
        Assert.DoesNotContain(daemon.Events, found => (found.Name, found["Service"]) == ("TargetFailed", "lost"));

        Assert.EndsWith("/TEST", await AskAsync(client, $"TCP:{Host}:7004,bind={OtherClient}"), StringComparison.Ordinal);
        await daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == "lost");
    }

    [Fact]
    public async Task Target_BehindTheGatewayOfTheReadme_SeesTheAddressOfTheClient()
    {
        await using var server = await NetworkNamespace.CreateAsync();
        await using var client = await NetworkNamespace.CreateAsync();
        await using var target = await NetworkNamespace.CreateAsync();
        await server.JoinAsync(client, $"{Host}/24", $"{Client}/24");
        await server.JoinAsync(target, "10.8.0.1/24", "10.8.0.2/24", "second");
        Assert.Equal(0, (await target.RunAsync("ip", "route", "add", "default", "via", "10.8.0.1")).Status);
        await RouteAsync(server, "nft add table");
        await using var listener = Target(target, "TCP4-LISTEN:8080");
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{Host}:7001" = "far"
            [services.far]
            forward = "10.8.0.2:8080"
            transparent = true
            [defaults]
            """, new DaemonSetup { Through = server.Enter });
        await ListensAsync(target, 1);

        Assert.Equal($"{Client}/TEST", await AskAsync(client, $"TCP:{Host}:7001"));
    }

    [Fact]
    public async Task Client_OfADaemonThatOnlySeemsToHaveTheRight_IsResetAndTheLogSaysWhy()
    {
        Privilege.Require("a namespace of users");
        await using var daemon = await Daemon.StartAsync(
            Forward(FreePorts.Next()), new DaemonSetup { Through = ["unshare", "--user", "--map-root-user"] });

        // The reset may come before the client has seen that it is connected.
        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await daemon.ConnectAsync("p");
            await client.ReceiveAsync(new byte[1]);
        });

        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Equal("unreachable", (await daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "seen"))["End"]);
        Assert.Equal("Operation not permitted", (await WaitForFailureAsync(daemon, "seen"))["Reason"]);
    }

    [Fact]
    public async Task Run_WithoutTheRight_SaysWhatItNeeds()
    {
        Privilege.Require("a daemon of another user");
        await using var daemon = Daemon.Launch(Forward(FreePorts.Next()) + "[defaults]", new DaemonSetup
        {
            Through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            Prepare = scratch => File.SetUnixFileMode(scratch.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute),
        });

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains(
            daemon.Log.Lines,
            line => line.Contains("'transparent' of 'seen' needs root, CAP_NET_ADMIN or CAP_NET_RAW", StringComparison.Ordinal));
    }

    private static string Forward(int port) => $"""
        [ports]
        "127.0.0.1:%p%" = "seen"
        [services.seen]
        forward = "127.0.0.1:{port}"
        transparent = true

        """;

    private static Task<LogEvent> WaitForFailureAsync(Daemon daemon, string service) =>
        daemon.WaitForEventAsync("TargetSourceFailed", found => found["Service"] == service);

    /// <summary>Runs the commands of the README that contain some text, on a host that looks closely where packets come from.</summary>
    private static async Task RouteAsync(NetworkNamespace network, string text, Func<string, string>? change = null)
    {
        var commands = Document.Read("README.md").Split("```sh\n").Select(block => block.Split("```")[0])
            .Single(block => block.Contains(text, StringComparison.Ordinal));
        const string Strict = "for setting in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $setting; done\n";
        Assert.Equal(0, (await network.RunAsync("sh", "-ec", Strict + (change?.Invoke(commands) ?? commands))).Status);
    }

    private static RunningProcess Target(NetworkNamespace network, string listen) =>
        network.Start("socat", $"{listen},fork,reuseaddr", "SYSTEM:echo -n $SOCAT_PEERADDR/ && cat");

    private static Task<string> ListensAsync(NetworkNamespace network, int targets = 2) => Deadline.UntilAsync(
        async () => (await network.RunAsync("ss", "--listening", "--tcp", "--numeric", "--no-header", "sport", "=", "8080")).Output,
        sockets => sockets.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == targets,
        $"{targets} targets");

    private static async Task<string> AskAsync(NetworkNamespace network, string address, string head = "") =>
        (await network.RunAsync("sh", "-c", $"printf '{head}TEST' | socat -t 10 - {address}")).Output;
}
