using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Serve;

/// <summary>Echo (RFC 862) and custom: what was sent comes back, whatever it is.</summary>
[OnWindows]
public sealed class EchoTests(StreamDaemon stream) : IClassFixture<StreamDaemon>
{
    private Daemon Daemon => stream.Daemon;

    [Theory]
    [InlineData("echo")]
    [InlineData("custom")]
    public async Task Echo_HalfClose_ReturnsAllThatCameBeforeTheFin(string service)
    {
        var bytes = Noise(1_000_000);
        using var client = await Daemon.ConnectAsync(service);

        Assert.Equal(bytes, await client.ExchangeAsync(bytes));
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("custom")]
    public async Task Echo_EveryByteValue_ComesBack(string service)
    {
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        using var client = await Daemon.ConnectAsync(service);

        Assert.Equal(bytes, await client.ExchangeAsync(bytes));
    }

    [Fact]
    public async Task Echo_SingleBytes_ComeBackOneByOne()
    {
        using var client = await Daemon.ConnectAsync("echo");
        client.Socket.NoDelay = true;
        for (var value = 0; value < 50; value++)
        {
            await client.SendAsync(new[] { (byte)value });
            Assert.Equal([(byte)value], await client.ReceiveAsync(1));
        }
    }

    [Fact]
    public async Task Echo_NothingSent_ClosesInOrder()
    {
        using var client = await Daemon.ConnectAsync("echo");

        Assert.Empty(await client.ExchangeAsync(""));
    }

    [Fact]
    public async Task Echo_TwoSessionsOfOneClient_NeverMix()
    {
        using var first = await Daemon.ConnectAsync("echo");
        using var second = await Daemon.ConnectAsync("echo");
        await first.SendAsync("first");
        await second.SendAsync("second");

        Assert.Equal("second"u8.ToArray(), await second.ReceiveAsync(6));
        Assert.Equal("first"u8.ToArray(), await first.ReceiveAsync(5));
    }

    [Fact]
    public async Task Echo_Connection_LeavesOneStartAndOneEndRecord()
    {
        using var client = await Daemon.ConnectAsync("echo");
        await client.ExchangeAsync("TEST");

        var (start, end) = await Daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(
            (6001, "ConnectionStarted", "echo", $"127.0.0.1:{Daemon.Port("echo")}"),
            (start.Id, start.Name, start["Service"], start["Local"]));
        Assert.Equal((6002, "ConnectionEnded", "echo", "closed"), (end.Id, end.Name, end["Service"], end["End"]));
        Assert.Equal((4, 4), (end.Number("BytesReceived"), end.Number("BytesSent")));
        Assert.Equal(2, Daemon.Events.Count(found => found.Id is >= 6000 and < 7000 && found["ConnectionId"] == start["ConnectionId"]));
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("custom")]
    [InlineData("discard", Skip = WineLacks.Resets, SkipType = typeof(TestedSystem), SkipWhen = nameof(TestedSystem.IsWine))]
    public async Task Handler_ClientResets_EndsAsReset(string service)
    {
        using var client = await Daemon.ConnectAsync(service);
        await client.SendAsync("TEST");
        var start = await Daemon.WaitForEventAsync("ConnectionStarted", found => found["Peer"] == client.Name);
        if (service != "discard")
        {
            await client.ReceiveAsync(4);
        }

        client.Reset();

        Assert.Equal("reset", (await Daemon.WaitForEndAsync(start["ConnectionId"]))["End"]);
    }

    [Fact]
    public async Task Discard_Anything_IsNotAnswered()
    {
        using var client = await Daemon.ConnectAsync("discard");

        Assert.Empty(await client.ExchangeAsync(Noise(1_000_000)));
        Assert.Equal("closed", (await Daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
