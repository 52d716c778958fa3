using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Children that end without having read everything (<c>linger</c>).</summary>
public sealed class LingerTests
{
    private const string Map = """
        [ports]
        %gentle% = "gentle"
        %brief% = "brief"
        %plain% = "plain"
        %limited% = "limited"
        "%dir%/gentle.sock" = "gentle"
        [services.limited]
        exec = ["/bin/echo", "answer"]
        linger = "3s"
        max_duration = "500ms"
        [services.gentle]
        exec = ["/bin/echo", "answer"]
        linger = "5m"
        max_connections = 1
        [services.brief]
        exec = ["/bin/echo", "answer"]
        linger = "100ms"
        [services.plain]
        exec = ["/bin/echo", "answer"]
        """;

    [Fact]
    public async Task Child_ThatHasNotReadEverything_ResetsNoClient()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var plain = await daemon.ConnectAsync("plain");
        await plain.SendAsync("unread");
        await Assert.ThrowsAsync<SocketException>(plain.ReadToEndAsync);

        using var client = await daemon.ConnectAsync("gentle");
        await client.SendAsync("unread");
        Assert.Equal("answer\n", await client.ReadToEndAsync());
        await client.SendAsync(new byte[100_000]);
        client.Finish();

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(("exited", "with status 0"), (end["End"], end["Detail"]));
    }

    [Fact]
    public async Task Client_ThatDoesNotEnd_KeepsItsPlaceUntilTheTimeIsOver()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("brief");
        Assert.Equal("answer\n", await client.ReadToEndAsync());

        await daemon.WaitForRecordAsync(client.Name);

        Assert.Empty(await daemon.ConnectionsAsync());
    }

    [Fact]
    public async Task Client_OfALimit_WaitsForOneThatLingers()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var first = await daemon.ConnectAsync("gentle");
        Assert.Equal("answer\n", await first.ReadToEndAsync());
        Assert.Single(await daemon.ConnectionsAsync());

        using var second = await daemon.ConnectAsync("gentle");
        await daemon.StatusAsync(status => status.Service("gentle").Reason?.Contains("clients wait") == true, "a client that waits");
        first.Finish();

        Assert.Equal("answer\n", await second.ReadToEndAsync());
    }

    [Fact]
    public async Task Child_ThatHasEndedInTime_IsNotTimedOut()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("limited");

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);

        Assert.Equal(("exited", "with status 0"), (end["End"], end["Detail"]));
    }

    [Fact]
    public async Task Abort_EndsAConnectionThatLingers()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["gentle.sock"]);
        Assert.Equal("answer\n", await client.ReadToEndAsync());
        var live = Assert.Single(await daemon.ConnectionsAsync());

        await daemon.DoAsync("abort", id: live.Id);

        await Deadline.UntilAsync(async () => (await daemon.ConnectionsAsync()).Count, count => count == 0, "no connection is left");
    }

    [Fact]
    public async Task Stop_Forced_WaitsForNoClientThatLingers()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("gentle");
        Assert.Equal("answer\n", await client.ReadToEndAsync());

        daemon.Signal(RunningProcess.SIGTERM);
        daemon.Signal(RunningProcess.SIGTERM);
        await daemon.WaitForEventAsync("Stopped");

        Assert.Equal(0, await daemon.ExitAsync());
    }
}
