extern alias Kit;

using System.Net.Sockets;
using Kit::NetSuperd.Testing;

namespace NetSuperd.Server.Tests.Serve;

/// <summary>
/// What a handler may rely on, of the daemon's connections and of those in memory for the tests of plugins: both behave alike.
/// </summary>
public abstract class ConnectionContractTests : TestedConnection
{
    private protected ConnectionContractTests()
        : base(TimeProvider.System)
    {
    }

    [Fact]
    public async Task Receive_BytesAndTheEnd_AreSeenInOrder()
    {
        var (connection, peer) = await ConnectAsync();
        await peer.SendAsync([1, 2, 3]);
        var buffer = new byte[2];

        Assert.Equal(2, await Within(connection.ReceiveAsync(buffer, Cancel)));
        Assert.Equal([1, 2], buffer);
        peer.End();
        Assert.Equal(1, await Within(connection.ReceiveAsync(buffer, Cancel)));
        Assert.Equal(0, await Within(connection.ReceiveAsync(buffer, Cancel)));
        Assert.Equal(0, await Within(connection.ReceiveAsync(buffer, Cancel)));
        await Within(connection.SendAsync(new byte[] { 9 }, Cancel));
        Assert.Equal((ConnectionState.CloseWait, 3L, 1L), StatusOf(connection));
        Assert.False(connection.Closed.IsCancellationRequested);
        await Within(connection.CloseAsync());
        Assert.Equal([9], await peer.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Receive_WhatComesBeforeAReset_IsSeenFirst()
    {
        var (connection, peer) = await ConnectAsync();
        await peer.SendAsync([1]);
        await Within(connection.WaitForDataAsync(Cancel));
        peer.Reset();

        Assert.Equal(1, await Within(connection.ReceiveAsync(new byte[9], Cancel)));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.ReceiveAsync(new byte[9], Cancel)));
        Assert.True(connection.Closed.IsCancellationRequested);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[9], Cancel)));
        Assert.Equal(ConnectionState.Closed, connection.GetStatus().State);
    }

    [Fact]
    public async Task Receive_AResetWhileItWaits_EndsIt()
    {
        var (connection, peer) = await ConnectAsync();
        var receiving = Within(connection.ReceiveAsync(new byte[9], Cancel));
        peer.Reset();

        await Assert.ThrowsAsync<ConnectionClosedException>(() => receiving);
        Assert.True(connection.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Calls_InOneDirection_TakeTurns()
    {
        var (connection, peer) = await ConnectAsync();
        var waiting = Within(connection.WaitForDataAsync(Cancel));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Within(connection.ReceiveAsync(new byte[1], Cancel)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Within(connection.WaitForDataAsync(Cancel)));
        await Within(connection.SendAsync(new byte[] { 1 }, Cancel));
        await peer.SendAsync([2]);
        await waiting;
        Assert.Equal(1, await Within(connection.ReceiveAsync(new byte[1], Cancel)));
    }

    [Fact]
    public async Task Send_ThatThePeerDoesNotTake_WaitsAndCanBeCancelled()
    {
        var (connection, _) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var sending = Within(connection.SendAsync(new byte[64 << 20], cancel.Token));

        Assert.False(sending.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.InRange(connection.GetStatus().BytesSent, 1, (64 << 20) - 1);
        Assert.False(connection.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Tokens_ThatAreCancelled_EndTheWaitUnlessBytesAreThere()
    {
        var (connection, peer) = await ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var waiting = Within(connection.WaitForDataAsync(cancel.Token));
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(connection.SendAsync(new byte[1], cancel.Token)));
        await peer.SendAsync([1]);
        await Within(connection.WaitForDataAsync(Cancel));
        await Within(connection.WaitForDataAsync(cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(connection.ReceiveAsync(new byte[1], cancel.Token)));
        Assert.Equal(1, await Within(connection.ReceiveAsync(new byte[1], Cancel)));
    }

    [Fact]
    public async Task Abort_OfAConnection_EndsEveryCallAndIsAResetToThePeer()
    {
        var (connection, peer) = await ConnectAsync();
        var closed = connection.Closed;
        var receiving = Within(connection.ReceiveAsync(new byte[1], Cancel));
        await Within(connection.SendAsync(new byte[1], Cancel));

        connection.Abort();
        connection.Abort();

        await Assert.ThrowsAsync<ConnectionClosedException>(() => receiving);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.WaitForDataAsync(Cancel)));
        await Within(connection.CloseAsync());
        Assert.True(closed.IsCancellationRequested);
        Assert.Equal(ConnectionState.Closed, connection.GetStatus().State);
        await Assert.ThrowsAnyAsync<Exception>(peer.ReceiveToEndAsync);
    }

    [Fact]
    public async Task Close_OfAConnection_EndsTheTransmissionAndDiscardsTheInput()
    {
        var (connection, peer) = await ConnectAsync();
        await peer.SendAsync(new byte[1000]);
        await Within(connection.SendAsync(new byte[] { 1 }, Cancel));
        var closing = Within(connection.CloseAsync());

        Assert.Equal([1], await peer.ReceiveToEndAsync());
        peer.End();
        await closing;
        await Within(connection.CloseAsync());
        await Assert.ThrowsAsync<ConnectionClosedException>(() => Within(connection.SendAsync(new byte[1], Cancel)));
        Assert.False(connection.Closed.IsCancellationRequested);
        Assert.Equal(0, connection.GetStatus().BytesReceived);
    }

    [Fact]
    public async Task Stream_OfAConnection_ReadsWritesAndCloses()
    {
        var (connection, peer) = await ConnectAsync();
        await peer.SendAsync("one\ntwo\n"u8.ToArray());
        peer.End();

        using (var reader = new StreamReader(connection.Stream))
        {
            Assert.Equal(["one", "two", null], [
                await reader.ReadLineAsync(Cancel), await reader.ReadLineAsync(Cancel), await reader.ReadLineAsync(Cancel)]);
            await connection.Stream.WriteAsync(new byte[] { 3 }, Cancel);
        }

        Assert.Equal([3], await peer.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Peer_ThatIsGone_ResetsWhatIsSentToIt()
    {
        var (connection, peer) = await ConnectAsync();
        peer.Dispose();

        Assert.Equal(0, await Within(connection.ReceiveAsync(new byte[1], Cancel)));
        await Assert.ThrowsAsync<ConnectionClosedException>(async () =>
        {
            while (true)
            {
                await Within(connection.SendAsync(new byte[1], Cancel));
            }
        });
        Assert.True(connection.Closed.IsCancellationRequested);
    }

    private protected abstract Task<(StreamConnection Connection, IPeer Peer)> ConnectAsync();

    private static (ConnectionState State, long Received, long Sent) StatusOf(StreamConnection connection) =>
        connection.GetStatus() is var status ? (status.State, status.BytesReceived, status.BytesSent) : default;

    private protected interface IPeer : IDisposable
    {
        Task SendAsync(byte[] bytes);

        void End();

        void Reset();

        Task<byte[]> ReceiveToEndAsync();
    }
}

/// <summary>The connections of the daemon.</summary>
public sealed class SocketContractTests : ConnectionContractTests
{
    private protected override async Task<(StreamConnection Connection, IPeer Peer)> ConnectAsync()
    {
        var (connection, pair) = await OpenAsync();
        return (connection, new Peer(pair));
    }

    private sealed class Peer(SocketPair pair) : IPeer
    {
        public Task SendAsync(byte[] bytes) => pair.SendAsync(bytes);

        public void End() => pair.Client.Shutdown(SocketShutdown.Send);

        public void Reset() => pair.ResetByClient();

        public Task<byte[]> ReceiveToEndAsync() => pair.ReceiveToEndAsync();

        public void Dispose() => pair.Client.Dispose();
    }
}

/// <summary>The connections of the kit.</summary>
public sealed class MemoryContractTests : ConnectionContractTests
{
    private protected override Task<(StreamConnection Connection, IPeer Peer)> ConnectAsync()
    {
        var connection = new TestConnection();
        return Task.FromResult<(StreamConnection, IPeer)>((connection, new Peer(connection.Client)));
    }

    private sealed class Peer(TestClient client) : IPeer
    {
        public Task SendAsync(byte[] bytes)
        {
            client.Send(bytes);
            return Task.CompletedTask;
        }

        public void End() => client.End();

        public void Reset() => client.Reset();

        public Task<byte[]> ReceiveToEndAsync() => client.ReceiveToEndAsync();

        public void Dispose() => client.Dispose();
    }
}
