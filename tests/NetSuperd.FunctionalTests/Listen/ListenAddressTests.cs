using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Which socket answers for which address.</summary>
[OnWindows]
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Port_WithoutAddress_AnswersOnBothFamiliesUnmapped(string address)
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            """);
        using var client = await daemon.ConnectAsync("echo", address);

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        // A v4-mapped peer would be ::ffff:127.0.0.1.
        var (start, _) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(client.Server, start["Local"]);
    }

    [Fact]
    public async Task Port_WithoutAddress_IsTwoListeners()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            """);
        var port = daemon.Port("echo");

        Assert.Equal(
            [$"0.0.0.0:{port}", $"[::]:{port}"],
            daemon.Events.Where(found => found.Name == "Listening").Select(found => found["Local"]).Order(StringComparer.Ordinal));
    }

    [Fact(Skip = WineLacks.Wildcards, SkipType = typeof(TestedSystem), SkipWhen = nameof(TestedSystem.IsWine))]
    public async Task Port_WildcardBesideAddress_TheAddressWins()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %p% = "echo"
            "127.0.0.2:%p%" = "discard"
            "[::1]:%p%" = "discard"
            """);

        Assert.Equal("TEST", await ExchangeAsync(daemon, "127.0.0.1"));
        Assert.Equal("TEST", await ExchangeAsync(daemon, "127.0.0.3"));
        Assert.Equal("", await ExchangeAsync(daemon, "127.0.0.2"));
        Assert.Equal("", await ExchangeAsync(daemon, "::1"));
    }

    [Fact]
    public async Task Port_OnTwoAddresses_ServesTwoServices()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "echo"
            "127.0.0.2:%p%" = "discard"
            """);

        Assert.Equal("TEST", await ExchangeAsync(daemon, "127.0.0.1"));
        Assert.Equal("", await ExchangeAsync(daemon, "127.0.0.2"));
    }

    [Fact]
    public async Task Port_OneServiceOnTwoAddresses_KeepsSessionsApart()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "echo"
            "127.0.0.2:%p%" = "echo"
            """);
        using var first = await daemon.ConnectAsync("p", "127.0.0.1");
        using var second = await daemon.ConnectAsync("p", "127.0.0.2");
        await first.SendAsync("one");
        await second.SendAsync("two");

        Assert.Equal("two"u8.ToArray(), await second.ReceiveAsync(3));
        Assert.Equal("one"u8.ToArray(), await first.ReceiveAsync(3));
    }

    [OnLinux("children")]
    [Fact]
    public async Task Port_OfADisabledService_IsNotBound()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            %off% = "off"
            [services.off]
            exec = ["/no/such/program"]
            enabled = false
            """);

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => daemon.ConnectAsync("off"));
    }

    private static async Task<string> ExchangeAsync(Daemon daemon, string address)
    {
        using var client = await daemon.ConnectAsync("p", address);
        return await client.ExchangeAsync("TEST");
    }
}
