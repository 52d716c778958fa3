using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>What a handler may do with its connection, and what a plugin brings along.</summary>
[OnWindows]
public sealed class HandlerCallTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Plugin_WithADependencyOfItsOwn_UsesIt()
    {
        await using var daemon = await plugins.StartAsync("shout");
        using var client = await daemon.ConnectAsync("shout");

        Assert.Equal("TEST!\nTWICE!\n", await client.ExchangeAsync("test\ntwice\n"));
    }

    [Fact(Skip = WineLacks.TcpInfo, SkipType = typeof(TestedSystem), SkipWhen = nameof(TestedSystem.IsWine))]
    public async Task Status_OfALiveConnection_SaysWhereItStands()
    {
        await using var daemon = await plugins.StartAsync("status");
        using var client = await daemon.ConnectAsync("status");
        await client.SendAsync("TEST");

        Assert.Equal($"Established 4 True {client.Name} status", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Abort_ByTheHandler_ResetsTheClient()
    {
        await using var daemon = await plugins.StartAsync("aborts");
        using var client = await daemon.ConnectAsync("aborts");
        await client.SendAsync("TEST");

        await AssertResetAsync(client);
        Assert.Equal("aborted", (await daemon.WaitForEventAsync("ConnectionEnded"))["End"]);
    }

    [Fact]
    public async Task Handler_OfAService_IsOneInstanceDisposedAtTheStop()
    {
        await using var daemon = await plugins.StartAsync("counting");
        for (var i = 0; i < 3; i++)
        {
            using var client = await daemon.ConnectAsync("counting");
            await client.ExchangeAsync("");
        }

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("3", Assert.Single(daemon.Events, found => found.Name == "CountingDisposed")["Connections"]);
    }

    /// <summary>The connection ends with RST.</summary>
    internal static async Task AssertResetAsync(TcpPeer client)
    {
        var ended = await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(client.ReceiveToEndAsync);
        Assert.Equal(System.Net.Sockets.SocketError.ConnectionReset, ended.SocketErrorCode);
    }
}
