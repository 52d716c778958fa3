using System.Net.Sockets;
using System.Text;
using NetSuperd.Testing;

namespace Plugin1.Tests;

public sealed class Plugin1HandlerTests
{
    [Fact]
    public async Task Datagram_OfAClient_ComesBackInCapitals()
    {
        await using var service = await TestService.StartAsync<Plugin1Handler>("suffix = \"!\"");

        Assert.Equal(["HELLO!\n"], service.Ask("hello"));
    }

    [Fact]
    public async Task Daemon_WithThePlugin_Answers()
    {
        Assert.SkipUnless(NetSuperdHost.IsFound, "there is no netsuperd on PATH, and NETSUPERD does not name one");
        await using var host = await NetSuperdHost.StartAsync("""
            [ports]
            "%port%/udp" = "plugin-one"
            """);
        using var client = new UdpClient("127.0.0.1", host.Port("port"));
        await client.SendAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        var answer = await client.ReceiveAsync(TestContext.Current.CancellationToken);

        Assert.Equal("HELLO\n", Encoding.UTF8.GetString(answer.Buffer));
    }
}
