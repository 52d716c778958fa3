using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using NetSuperd.Testing;

namespace NetSuperd.AspNetCore.Tests;

/// <summary>Connection handlers as they are written for Kestrel.</summary>
public sealed class ConnectionHandlerTests
{
    [Fact]
    public async Task Handler_OfAspNetCore_ServesAConnection()
    {
        await using var service = await TestService.StartAsync<EchoService>();
        using var client = service.Connect(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 7));
        client.Send("TEST\n");

        Assert.Equal("192.0.2.1:7", await client.ReceiveLineAsync());
        Assert.Equal("TEST", await client.ReceiveLineAsync());
        Assert.Equal(TestEnd.Closed, (await client.CloseAsync()).End);
    }

    [Fact]
    public async Task Handler_ThatSendsNothingAtTheEnd_IsFlushed()
    {
        await using var service = await TestService.StartAsync<EchoService>();
        using var client = service.Connect();
        await client.ReceiveLineAsync();
        client.End();

        Assert.Equal("end", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Handler_ThatAborts_ResetsItsClient()
    {
        await using var service = await TestService.StartAsync<EchoService>();
        using var client = service.Connect();
        client.Send("abort");

        Assert.Equal(TestEnd.Aborted, (await client.EndedAsync()).End);
    }

    [Fact]
    public async Task Handler_WhenTheServiceStops_IsAskedToClose()
    {
        await using var service = await TestService.StartAsync<EchoService>();
        using var client = service.Connect();
        await client.ReceiveLineAsync();
        await client.HandlerWaitsAsync();
        service.Stop();

        Assert.Equal("end", await client.ReceiveTextAsync());
    }
}

/// <summary>Echoes until the end, and says so.</summary>
public sealed class EchoConnections : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        using var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()!
            .ConnectionClosedRequested.Register(input.CancelPendingRead);
        await output.WriteAsync(Encoding.ASCII.GetBytes($"{connection.RemoteEndPoint}\n"));
        while (await input.ReadAsync() is { IsCanceled: false } read && !(read.IsCompleted && read.Buffer.IsEmpty))
        {
            if (read.Buffer.ToArray() is [(byte)'a', ..])
            {
                connection.Abort();
                return;
            }

            foreach (var part in read.Buffer)
            {
                await output.WriteAsync(part);
            }

            input.AdvanceTo(read.Buffer.End);
        }

        output.Write("end"u8);
    }
}

/// <summary>The plugin around it.</summary>
[Handler("echo-connections")]
public sealed class EchoService : IStreamHandler
{
    private readonly EchoConnections _echo = new();

    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => _echo.RunAsync(connection, stopping);
}
