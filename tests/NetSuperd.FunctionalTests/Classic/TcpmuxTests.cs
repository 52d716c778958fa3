using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>RFC 1078 from outside: services of every kind behind one port.</summary>
public sealed class TcpmuxTests(TcpmuxDaemon mux) : IClassFixture<TcpmuxDaemon>
{
    private const string NotAvailable = TcpmuxDaemon.NotAvailable;

    [Theory]
    [InlineData("echo\r\nword", "word")]
    [InlineData("Echo\n", "")]
    [InlineData("UPPER\r\nword\n", "+Go\r\nWORD\n")]
    [InlineData("help\r\n", "echo\r\nupper\r\nid\r\nclosed\r\none\r\n")]
    [InlineData("nothing\r\n", NotAvailable)]
    [InlineData("closed\r\n", NotAvailable)]
    public async Task Name_AndBytesInOneSegment_ReachTheService(string sent, string received) =>
        Assert.Equal(received, await mux.AskAsync(sent));

    // CVE-2012-0862: xinetd's tcpmux gave access to every service.
    [Theory]
    [InlineData("alone\r\n")]
    [InlineData("tcpmux\r\n")]
    [InlineData("hasty\r\n")]
    public async Task Service_ThatIsNotListed_IsOutOfReach(string sent) => Assert.Equal(NotAvailable, await mux.AskAsync(sent));

    // CVE-2013-4342: xinetd ran the children of tcpmux services as root.
    [Fact]
    public async Task Child_RunsAsTheUserOfItsService()
    {
        Privilege.Require("another user");

        Assert.Equal("+Go\r\nnobody\n", await mux.AskAsync("id\r\n"));
    }

    [Fact]
    public async Task Name_ByteByByte_IsRead()
    {
        using var client = await mux.Daemon.ConnectAsync("mux");
        client.Socket.NoDelay = true;
        foreach (var letter in "upper\r\n")
        {
            await client.SendAsync($"{letter}");
        }

        Assert.Equal("+Go\r\n", Encoding.ASCII.GetString(await client.ReceiveAsync(5)));
        Assert.Equal("WORD\n", await client.ExchangeAsync("word\n"));
    }

    [Fact]
    public async Task Client_WithoutAName_IsLeftInOrder()
    {
        using var client = await mux.Daemon.ConnectAsync("hasty");
        await client.SendAsync("ech");

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal("closed", (await mux.Daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }
}
