using NetSuperd.Testing;
using Site;

namespace NetSuperd.AspNetCore.Tests;

/// <summary>HTTP by Kestrel, on connections of the daemon.</summary>
public sealed class SiteHandlerTests
{
    [Fact]
    public async Task Site_OnOneConnection_AnswersSeveralRequests()
    {
        await using var service = await TestService.StartAsync<SiteHandler>("greeting = \"Good day\"");
        using var client = service.Connect();

        client.Send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", await client.ReceiveLineAsync());
        Assert.Equal("Good day", await BodyAsync(client));
        client.Send("GET /Bob HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", await client.ReceiveLineAsync());
        Assert.Equal("Good day, Bob!", await BodyAsync(client));
        Assert.Equal(TestEnd.Closed, (await client.CloseAsync()).End);
    }

    [Fact]
    public async Task Site_AskedForNothingThatItHas_SaysSo()
    {
        await using var service = await TestService.StartAsync<SiteHandler>();
        using var client = service.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: it\r\nContent-Length: 0\r\n\r\n");
        client.End();

        Assert.StartsWith("HTTP/1.1 405", await client.ReceiveTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Site_WhenTheServiceStops_ClosesItsIdleConnections()
    {
        await using var service = await TestService.StartAsync<SiteHandler>();
        using var client = service.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", await client.ReceiveLineAsync());
        await BodyAsync(client);
        service.Stop();

        Assert.Equal("", await client.ReceiveTextAsync());
        Assert.Equal(TestEnd.Closed, (await client.CloseAsync()).End);
    }

    /// <summary>The body of one chunk, behind the header.</summary>
    private static async Task<string?> BodyAsync(TestClient client)
    {
        string? line;
        var isChunked = false;
        while ((line = await client.ReceiveLineAsync()) is { Length: > 0 })
        {
            isChunked |= line.Contains("chunked", StringComparison.Ordinal);
        }

        if (!isChunked)
        {
            return await client.ReceiveLineAsync();
        }

        await client.ReceiveLineAsync();
        var body = await client.ReceiveLineAsync();
        await client.ReceiveAsync("\r\n0\r\n\r\n".Length);
        return body;
    }
}
