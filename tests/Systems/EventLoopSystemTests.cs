using System.Collections.Concurrent;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>The loop of the engine: many connections that are served, reset, and closed from elsewhere.</summary>
public abstract class EventLoopSystemTests : SystemTests
{
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly EventLoop _loop;

    protected EventLoopSystemTests(ITestedSystem system)
        : base(system)
    {
        Set = system.CreateReadiness();
        _loop = new EventLoop("test", Set, _failures.Enqueue);
    }

    protected Readiness Set { get; }

    public override void Dispose()
    {
        _loop.Dispose();
        Assert.Empty(_failures);
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Loop_AThousandConnections_EachIsServed(string address)
    {
        const int Many = 1000;
        var server = Serve(address);
        var clients = await ConnectAsync(server, Many);
        var received = new byte[Many];
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Many; i++)
            {
                clients[i].Send([(byte)(i + round)]);
            }

            for (var i = 0; i < Many; i++)
            {
                Assert.Equal(1, await clients[i].ReceiveAsync(received.AsMemory(i, 1), Cancel).AsTask().WaitAsync(Patience, Cancel));
                Assert.Equal((byte)(i + round), received[i]);
            }
        }

        // A third resets, a third ends, and the server closes a third from another thread.
        for (var i = 0; i < Many; i++)
        {
            switch (i % 3)
            {
                case 0:
                    Reset(clients[i]);
                    break;
                case 1:
                    clients[i].Shutdown(SocketShutdown.Send);
                    break;
            }
        }

        var third = clients.Where((_, index) => index % 3 == 2).Select(client => client.LocalEndPoint!).ToHashSet();
        foreach (var connection in server.Connections.Values)
        {
            if (third.Contains(connection.Peer))
            {
                connection.Socket.Dispose();
                connection.Forget();
            }
        }

        await EndedAsync(server, Many);
    }

    [Fact]
    public async Task Loop_TenMegabytes_ComeBackThroughFullBuffers()
    {
        const int Length = 10_000_000;
        var server = Serve("127.0.0.1");
        var client = (await ConnectAsync(server, 1))[0];
        var sent = new byte[Length];
        new Random(1).NextBytes(sent);
        var sending = Task.Run(
            async () =>
            {
                for (var at = 0; at < Length;)
                {
                    at += await client.SendAsync(sent.AsMemory(at), Cancel);
                }

                client.Shutdown(SocketShutdown.Send);
            },
            Cancel);

        // The system may take about 4 MB: nothing is received before.
        await Task.WhenAny(sending, server.Connections.Values.First().HadToWait.Task).WaitAsync(Patience, Cancel);
        var received = new byte[Length + 1];
        var count = 0;
        while (await client.ReceiveAsync(received.AsMemory(count), Cancel).AsTask().WaitAsync(Patience, Cancel) is > 0 and var more)
        {
            count += more;
        }

        await sending;
        Assert.Equal(Length, count);
        Assert.True(sent.AsSpan().SequenceEqual(received.AsSpan(0, count)));
        await EndedAsync(server, 1);
    }

    [Fact]
    public async Task Watch_OfAClosedSocketsNumber_ReportsTheNextOne()
    {
        var server = Serve("127.0.0.1");
        for (var i = 0; i < 50; i++)
        {
            var client = (await ConnectAsync(server, 1))[0];
            client.Send([7]);
            Assert.Equal(1, await client.ReceiveAsync(new byte[9], Cancel).AsTask().WaitAsync(Patience, Cancel));
            server.Connections.Values.Single().Close();
            Assert.Equal(0, await client.ReceiveAsync(new byte[9], Cancel).AsTask().WaitAsync(Patience, Cancel));
            await EndedAsync(server, i + 1);
        }
    }

    [Fact]
    public async Task Watch_AListenerOfTwoLoops_EachClientIsAcceptedOnce()
    {
        const int Many = 100;
        var server = Serve("127.0.0.1");
        using var other = new EventLoop("other", System.CreateReadiness(), _failures.Enqueue);
        other.Watch(server.Listener.SafeHandle, server, Events.Read);

        foreach (var client in await ConnectAsync(server, Many))
        {
            client.Send("x"u8);
            Assert.Equal(1, await client.ReceiveAsync(new byte[9], Cancel).AsTask().WaitAsync(Patience, Cancel));
            client.Shutdown(SocketShutdown.Send);
        }

        await EndedAsync(server, Many);
    }

    private static Task EndedAsync(EchoServer server, int count) =>
        Waiting.UntilAsync(() => server.HaveEnded(count), $"{count} connections have ended");

    private EchoServer Serve(string address)
    {
        var server = new EchoServer(System, Listen(address), _loop);
        _loop.Watch(server.Listener.SafeHandle, server, Events.Read);
        return server;
    }

    private async Task<List<Socket>> ConnectAsync(EchoServer server, int count)
    {
        var before = server.Accepted;
        var clients = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            var client = Keep(new Socket(server.Listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
            await client.ConnectAsync(server.Listener.LocalEndPoint!, Cancel).AsTask().WaitAsync(Patience, Cancel);
            clients.Add(client);
        }

        await Waiting.UntilAsync(() => server.Accepted == before + count, "all are accepted");
        return clients;
    }
}
