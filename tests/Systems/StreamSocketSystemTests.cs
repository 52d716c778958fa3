using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>What the engine relies on of an accepted connection.</summary>
public abstract class StreamSocketSystemTests(ITestedSystem system) : SystemTests(system)
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Ends_OfAConnection_MatchItsClient(string address)
    {
        var (client, server) = Connect(address);

        Assert.Equal((client.LocalEndPoint, client.RemoteEndPoint), (server.Peer(), server.Local()));
        Assert.Equal(client.AddressFamily, server.Family);
        Assert.True(server.Has(ProtocolType.Tcp));
        Assert.False(server.IsUnix);
    }

    [Fact]
    public async Task Receive_NothingThenBytesThenTheEnd_ReturnsEach()
    {
        var (client, server) = Connect();
        var buffer = new byte[10];
        Assert.True(server.Receive(buffer).MustWait);
        Assert.True(server.Receive([]).MustWait);
        Assert.Equal((true, null), (server.Peek(buffer).MustWait, server.Peek(buffer).Failure));

        client.Send("abc"u8);
        await Waiting.UntilAsync(() => server.Receive([]).Count == 0, "bytes come");
        Assert.Equal(2, server.Peek(buffer.AsSpan(0, 2)).Count);
        Assert.Equal(0, server.Receive([]).Count);
        var received = server.Receive(buffer);
        Assert.Equal((3, null, false), (received.Count, received.Failure, received.MustWait));
        Assert.Equal("abc"u8, buffer.AsSpan(0, 3));

        client.Shutdown(SocketShutdown.Send);
        await Waiting.UntilAsync(() => server.Receive(buffer) is { Count: 0 }, "the end comes");
        Assert.Equal(0, server.Peek(buffer).Count);
        Assert.Equal(0, server.Receive([]).Count);
    }

    [Fact]
    public async Task Peek_MoreEachTime_LosesNothing()
    {
        var (client, server) = Connect();
        var buffer = new byte[6];
        client.Send("abc"u8);
        await Waiting.UntilAsync(() => server.Peek(buffer) is { Count: 3 }, "the first bytes come");
        Assert.Equal(1, server.Receive(buffer.AsSpan(0, 1)).Count);
        client.Send("defghi"u8);
        await Waiting.UntilAsync(() => server.Peek(buffer) is { Count: 6 }, "more bytes come");
        Assert.Equal("bcdefg"u8, buffer);

        var rest = new byte[20];
        var count = server.Receive(rest).Count;
        Assert.InRange(count, 6, 8);
        await Waiting.UntilAsync(
            () => count == 8 || (count += Math.Max(0, server.Receive(rest.AsSpan(count)).Count)) == 8, "the last bytes come");
        Assert.Equal("bcdefghi"u8, rest.AsSpan(0, 8));
    }

    [Fact]
    public async Task Send_MoreThanTheSystemTakes_IsReportedAndNoSignalEndsTheProcess()
    {
        var (client, server) = Connect();
        var (sent, last) = Fill(server, long.MaxValue);
        Assert.True(last.MustWait);
        server.EndSending();

        Assert.Equal(Errno.EPIPE, server.Send("x"u8).Failure);
        Assert.Equal(sent, await DrainAsync(client));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reset_AConnection_SendsRst(bool severs)
    {
        var (client, server) = Connect();
        var receiving = client.ReceiveAsync(new byte[1], Cancel).AsTask();
        if (severs)
        {
            server.Sever();
            server.Dispose();
        }
        else
        {
            server.Reset();
        }

        Assert.True(server.IsClosed);
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => receiving)).SocketErrorCode);
    }

    [Fact]
    public async Task Finish_AConnection_DeliversWhatWasSent()
    {
        var (client, server) = Connect();
        var (sent, _) = Fill(server, 1 << 20);
        server.Finish();

        Assert.True(server.IsClosed);
        Assert.Equal(sent, await DrainAsync(client));
    }

    [Fact]
    public void Calls_OnAClosedConnection_AreNoExceptions()
    {
        var (_, server) = Connect();
        server.Dispose();

        Assert.Equal(Errno.EBADF, server.Receive(new byte[1]).Failure);
        Assert.Equal(Errno.EBADF, server.Receive([]).Failure);
        Assert.Equal(Errno.EBADF, server.Peek(new byte[1]).Failure);
        Assert.Equal(Errno.EBADF, server.Send(new byte[1]).Failure);
        Assert.Equal(Errno.EBADF, server.TakeFailure());
        Assert.Equal(0, server.Unsent);
        Assert.True(server.HasHungUp);
        Assert.Null(server.Status());
        server.EndSending();
        server.Reset();
        server.Sever();
        server.Finish();
    }

    [Fact]
    public async Task HasHungUp_OneEndThenBoth_IsTrueForBoth()
    {
        var (client, server) = Connect();
        Assert.False(server.HasHungUp);
        client.Shutdown(SocketShutdown.Send);
        await Waiting.UntilAsync(() => server.Receive(new byte[1]) is { Count: 0 }, "the end comes");
        Assert.False(server.HasHungUp);

        server.EndSending();
        await Waiting.UntilAsync(() => server.HasHungUp, "both have ended");
    }

    [Fact]
    public async Task TakeFailure_AfterAReset_ReturnsItOnce()
    {
        using var set = System.CreateReadiness();
        var (client, server) = Connect();
        set.Add(server, 1, Events.Read | Events.Edge);
        Assert.Null(server.TakeFailure());
        Reset(client);
        await Waiting.UntilAsync(() => !set.Wait(TimeSpan.Zero).IsEmpty, "the reset comes");

        Assert.True(server.HasHungUp);
        Assert.Equal(Errno.ECONNRESET, server.TakeFailure());
        Assert.Null(server.TakeFailure());
    }

    [Fact]
    public async Task Peer_AClientThatHasReset_IsNull()
    {
        var (client, server) = Connect();
        Reset(client);

        await Waiting.UntilAsync(() => server.Peer() is null, "the reset comes");
    }

    /// <summary>Sends until the system takes no more, or that many bytes are sent.</summary>
    private static (long Sent, Transfer Last) Fill(StreamSocket server, long most)
    {
        var block = new byte[1 << 18];
        for (var sent = 0L; ;)
        {
            var last = server.Send(block);
            sent += Math.Max(0, last.Count);
            if (last.Count < 0 || sent >= most)
            {
                Assert.True(sent > 0);
                return (sent, last);
            }
        }
    }

    private static async Task<long> DrainAsync(Socket client)
    {
        using var stream = new NetworkStream(client);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel);
        return all.Length;
    }
}
