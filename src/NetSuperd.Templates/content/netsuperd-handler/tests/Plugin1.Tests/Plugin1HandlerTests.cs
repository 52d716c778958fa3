using NetSuperd.Testing;

namespace Plugin1.Tests;

public sealed class Plugin1HandlerTests
{
    [Fact]
    public async Task Line_OfAClient_IsGreeted()
    {
        await using var service = await TestService.StartAsync<Plugin1Handler>("word = \"Hi\"");
        using var client = service.Connect();
        client.Send("Bob\n");

        Assert.Equal("Hi, Bob!", await client.ReceiveLineAsync());
        Assert.Equal(TestEnd.Closed, (await client.CloseAsync()).End);
    }

    [Fact]
    public async Task Daemon_WithThePlugin_Serves()
    {
        Assert.SkipUnless(NetSuperdHost.IsFound, "there is no netsuperd on PATH, and NETSUPERD does not name one");
        await using var host = await NetSuperdHost.StartAsync("""
            [ports]
            %port% = "plugin-one"
            """);
        using var client = await host.ConnectAsync("port");
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync("World\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal("Hello, World!", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }
}
