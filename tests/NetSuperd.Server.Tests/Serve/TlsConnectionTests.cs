using System.Net.Security;
using System.Net.Sockets;
using NetSuperd.Server.Serve.Tls;

namespace NetSuperd.Server.Tests.Serve;

/// <summary>What a handler may rely on where its connection is encrypted.</summary>
public sealed class TlsConnectionTests() : TestedConnection(TimeProvider.System)
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    [Fact]
    public async Task Wait_WithACancelledToken_EndsUnlessBytesAreThere()
    {
        var (connection, client) = await ConnectAsync();
        await client.WriteAsync(new byte[4], Cancel);
        Assert.Equal(1, await Within(connection.ReceiveAsync(new byte[1], Cancel)));

        await Within(connection.WaitForDataAsync(Cancelled));
        Assert.Equal(3, await Within(connection.ReceiveAsync(new byte[9], Cancel)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(connection.WaitForDataAsync(Cancelled)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(connection.WaitForDataAsync(Cancelled)));
        await client.WriteAsync(new byte[2], Cancel);
        bool HasData() => Within(connection.WaitForDataAsync(Cancelled)).IsCompletedSuccessfully;
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(HasData, Patience), Cancel));
        Assert.Equal(2, await Within(connection.ReceiveAsync(new byte[9], Cancel)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Receive_TheEnd_IsOneInOrderOnlyIfTheClientSaysSo(bool says)
    {
        var (connection, client) = await ConnectAsync();
        await client.WriteAsync(new byte[2], Cancel);
        if (says)
        {
            await client.ShutdownAsync();
        }

        ((NetworkStream)client.Inner).Socket.Shutdown(SocketShutdown.Send);

        await Within(connection.WaitForDataAsync(Cancel));
        Assert.Equal(2, await Within(connection.ReceiveAsync(new byte[9], Cancel)));
        if (says)
        {
            Assert.Equal(0, await Within(connection.ReceiveAsync(new byte[9], Cancel)));
            Assert.Equal(0, await Within(connection.ReceiveAsync(new byte[9], Cancel)));
            await Within(connection.SendAsync(new byte[1], Cancel));
        }
        else
        {
            await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.ReceiveAsync(new byte[9], Cancel)));
            Assert.True(connection.Closed.IsCancellationRequested);
        }
    }

    private async Task<(TlsConnection Connection, ClientStream Client)> ConnectAsync()
    {
        var (inner, pair) = await OpenAsync();
        var carrier = new TlsCarrier(inner);
        var stream = new SslStream(carrier, leaveInnerStreamOpen: true);
        var client = new ClientStream(new NetworkStream(pair.Client));
        using var certificate = TestCertificate.Create("www.example.org");
        await Task.WhenAll(
            stream.AuthenticateAsServerAsync(certificate),
            client.AuthenticateAsClientAsync("www.example.org")).WaitAsync(Patience, Cancel);
        return (new TlsConnection(inner, carrier, stream, new TlsSession("", "", null, null, null, null)), client);
    }

    /// <summary>A client that takes every certificate.</summary>
    private sealed class ClientStream(NetworkStream inner) : SslStream(inner, false, (_, certificate, _, _) => certificate is not null)
    {
        public Stream Inner => InnerStream;
    }
}
