using System.Globalization;
using System.Net;
using NetSuperd.FunctionalTests.Forward;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>EMFILE: clients wait in the backlog, and are served when descriptors are free again.</summary>
public sealed class ExhaustionTests
{
    private const int Limit = 256;
    private const int TooMany = 30;

    [Fact]
    public async Task Handler_WithoutDescriptors_LetsClientsWaitAndServesThemAll()
    {
        await using var daemon = await StartAsync("echo");
        using var bystander = await daemon.ConnectAsync("custom");
        await bystander.SendAsync("TEST");
        await bystander.ReceiveAsync(4);
        var clients = await ConnectAsync(daemon);
        var exhausted = await daemon.WaitForEventAsync("AcceptExhausted");
        Assert.Equal((2003, "p"), (exhausted.Id, exhausted["Service"]));

        // Connections that are open do not notice.
        await bystander.SendAsync("TEST");
        Assert.Equal("TEST"u8.ToArray(), await bystander.ReceiveAsync(4));

        await Task.WhenAll(clients.Select(ServeAsync));

        Assert.Equal(2004, (await daemon.WaitForEventAsync("AcceptRecovered")).Id);
        await daemon.WaitForEventsAsync("ConnectionEnded", clients.Length);
        Assert.InRange(daemon.Events.Count(found => found.Name == "AcceptExhausted"), 1, 4);

        // The last client may have had the last descriptor: the trouble is over when the listener has looked again.
        await Deadline.UntilAsync(
            () =>
                daemon.Events.Count(found => found.Name == "AcceptExhausted") == daemon.Events
                    .Count(found => found.Name == "AcceptRecovered"),
            "the end of the trouble");
        using var other = await daemon.ConnectAsync("custom");
        Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Children_WithoutDescriptors_AreAllServedInTheEnd()
    {
        await using var daemon = await StartAsync("cat");
        var clients = await ConnectAsync(daemon);
        await daemon.WaitForEventAsync("AcceptExhausted");

        await Task.WhenAll(clients.Select(ServeAsync));

        await daemon.WaitForEventsAsync("ChildEnded", clients.Length);
        Assert.Empty(ProcFiles.Children(daemon.Pid));
    }

    [Fact]
    public async Task Sessions_WithoutDescriptors_BeginAgainWhenSomeAreFree()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await Daemon.StartAsync(
            $"""
            [ports]
            "127.0.0.1:%p%/udp" = "p"
            [services.p]
            forward = "127.0.0.1:{target.Port}"
            idle_timeout = "1s"
            """,
            Limited());
        for (var i = 0; i < Limit; i++)
        {
            using var client = DatagramPeer.Of(daemon.Port("p"));
            client.Send("word"u8.ToArray());
        }

        Assert.Equal("p", (await daemon.WaitForEventAsync("AcceptExhausted"))["Service"]);
        using var other = DatagramPeer.Of(daemon.Port("p"));
        await Deadline.UntilAsync(
            () =>
            {
                other.Send("again"u8.ToArray());
                return daemon.Events.Any(found => found.Name == "AcceptRecovered");
            },
            "a session of the client");
        Assert.InRange(daemon.Events.Count(found => found.Name == "AcceptExhausted"), 1, 4);
        Assert.InRange(ProcFiles.Descriptors(daemon.Pid), 0, Limit - 1);
    }

    private static DaemonSetup Limited() => new()
    {
        Through = ["prlimit", string.Create(CultureInfo.InvariantCulture, $"--nofile={Limit}:{Limit}")],
        Expected = ["AcceptExhausted"],
    };

    private static Task<Daemon> StartAsync(string service) => Daemon.StartAsync(
        $"""
        [ports]
        %p% = "p"
        %custom% = "custom"
        [services.p]
        {(service == "cat" ? "exec = [\"/bin/cat\"]" : "handler = \"echo\"")}
        """,
        Limited());

    private static Task<TcpPeer[]> ConnectAsync(Daemon daemon) =>
        Task.WhenAll(Enumerable.Range(0, Limit - ProcFiles.Descriptors(daemon.Pid) + TooMany).Select(_ => daemon.ConnectAsync("p")));

    private static async Task ServeAsync(TcpPeer client)
    {
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        client.Dispose();
    }
}
