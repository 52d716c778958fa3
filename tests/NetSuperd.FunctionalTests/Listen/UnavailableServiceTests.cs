using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>What a service needs is not there: it has failed, the others run, and what can come back is tried again.</summary>
public sealed class UnavailableServiceTests
{
    [Fact]
    public async Task Start_WhatIsMissingIsSkipped_ServesTheRestAndRetriesTheAddress()
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        var taken = ((IPEndPoint)holder.LocalEndPoint!).Port;
        await using var daemon = await Daemon.StartAsync(
            $"""
            [ports]
            %echo% = "echo"
            "127.0.0.1:{taken}" = "late"
            %gone% = "gone"

            [services.late]
            handler = "echo"

            [services.gone]
            exec = ["/nonexistent/program"]

            [daemon]
            on_unavailable = "skip"
            drain = "2s"
            """,
            new DaemonSetup { Expected = ["BindFailed", "ServiceUnavailable"] });

        var states = (await daemon.StatusAsync()).Services.ToDictionary(service => service.Name, service => service.State);
        Assert.Equal(("serving", "failed", "failed"), (states["echo"], states["late"], states["gone"]));
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        await Assert.ThrowsAsync<SocketException>(() => daemon.ConnectAsync("gone"));

        holder.Dispose();
        await daemon.WaitForEventAsync("BindRecovered");
        using var late = await TcpPeer.ConnectAsync(taken);
        Assert.Equal("y", await late.TalkAsync("y"));
    }

    [Fact]
    public async Task Reload_AServiceThatIsStillUnavailable_IsNotReportedAgain()
    {
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            %echo% = "echo"
            %gone% = "gone"

            [services.gone]
            exec = ["/nonexistent/program"]

            [daemon]
            on_unavailable = "skip"
            drain = "2s"
            """,
            new DaemonSetup { Expected = ["ServiceUnavailable"] });
        var said = await daemon.WaitForEventAsync("ServiceUnavailable");
        Assert.Equal("gone", said["Service"]);
        var since = await SinceAsync();
        for (var i = 0; i < 3; i++)
        {
            daemon.Edit(map => map.Replace($"drain = \"{i + 2}s\"", $"drain = \"{i + 3}s\"", StringComparison.Ordinal));
            await daemon.DoAsync("reload");
        }

        // Two sockets, for IPv4 and IPv6.
        await daemon.WaitForEventsAsync("Reloaded", 3);
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "ServiceUnavailable"));
        Assert.Equal(since, await SinceAsync());
        daemon.Edit(map => map.Replace("/nonexistent/program", "/bin/cat", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var client = await daemon.ConnectAsync("gone");
        Assert.Equal("x", await client.TalkAsync("x"));

        async Task<DateTimeOffset> SinceAsync() => (await daemon.StatusAsync()).Service("gone").Since;
    }

    [Fact]
    public async Task Device_ThatIsRemovedAndAddedAgain_FailsItsServiceUntilThen()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await Add(network);
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            7 = "echo"
            9 = { service = "discard", device = "veth0" }
            """,
            new DaemonSetup { Through = network.Enter, Expected = ["BindFailed"] });
        await daemon.UntilAsync("discard", "serving");

        Assert.Equal(0, (await network.RunAsync("ip", "link", "del", "veth0")).Status);
        await daemon.WaitForEventAsync("BindFailed");
        await daemon.UntilAsync("discard", "failed");
        Assert.Equal("Received: TEST\n", (await network.SendAsync("127.0.0.1", "TEST")).Output);

        await Add(network);
        await daemon.WaitForEventAsync("BindRecovered");
        await daemon.WaitForEventsAsync("BindRecovered", 2);
        await daemon.UntilAsync("discard", "serving");
    }

    private static async Task Add(NetworkNamespace network)
    {
        var made = await network.RunAsync("sh", "-c", "ip link add veth0 type veth peer name veth1 && ip link set veth0 up");
        Assert.True(made.Status == 0, made.Errors);
    }
}
