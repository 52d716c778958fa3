using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.Server.Tests.Pipes;

/// <summary>The bytes that go through the pipes of a child.</summary>
public sealed class PipedChildTests : TestedPipes
{
    [Fact]
    public async Task Serve_AClientThatHasSentAll_GetsTheAnswerAndItsEnd()
    {
        var (client, child) = await ServeAsync();

        await client.SendAsync("a question"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("a question", await new StreamReader(child.Reads).ReadToEndAsync(Cancel));
        await child.Writes.WriteAsync("an answer"u8.ToArray(), Cancel);
        child.Exit(3);

        Assert.Equal("an answer", await client.ReceiveTextAsync());
        Assert.Equal(PlayedProcess.Number, Assert.Single(Log.Of(ChildStarted))["Pid"]);
        await EndedAsync("exited", "with status 3");
        var end = Log.Of(ChildEnded)[0];
        Assert.Equal((PlayedProcess.Number, 1.0, 2.0, 3L), (end["Pid"], end["UserTime"], end["SystemTime"], end["PeakMemory"]));
    }

    [Fact]
    public async Task Start_AChild_LearnsItsConnection()
    {
        var (client, child) = await ServeAsync();
        var (peer, local) = ((IPEndPoint)client.Client.LocalEndPoint!, (IPEndPoint)client.Client.RemoteEndPoint!);

        Assert.Equal(
            [
                "NETSUPERD_SERVICE=cat", "NETSUPERD_ID=1", "PROTO=TCP", "TCPLOCALIP=127.0.0.1", $"TCPLOCALPORT={local.Port}",
                "TCPREMOTEIP=127.0.0.1", $"TCPREMOTEPORT={peer.Port}", "REMOTE_ADDR=127.0.0.1", $"REMOTE_PORT={peer.Port}",
                "REMOTE_HOST=127.0.0.1",
            ],
            Programs.Variables);
        child.Exit(0);
    }

    [Fact]
    public async Task Serve_AChildThatClosesItsOutput_StillReads()
    {
        var (client, child) = await ServeAsync();

        await child.Writes.WriteAsync("all"u8.ToArray(), Cancel);
        child.Writes.Dispose();
        Assert.Equal("all", await client.ReceiveTextAsync());
        await client.SendAsync("more"u8.ToArray());
        var buffer = new byte[4];
        await child.Reads.ReadExactlyAsync(buffer, Cancel);

        Assert.Equal("more", Encoding.ASCII.GetString(buffer));
        Assert.Empty(Log.Of(ChildEnded));
        client.Client.Dispose();
        child.Exit(0);
        await EndedAsync("exited", "with status 0");
    }

    [Fact]
    public async Task Serve_AChildThatEndsWhileTheClientSends_EndsTheConnection()
    {
        var (client, child) = await ServeAsync();

        await client.SendAsync(new byte[100_000]);
        child.Exit(1);

        Assert.Empty(await client.ReceiveToEndAsync());
        client.Client.Dispose();
        await EndedAsync("exited", "with status 1");
    }

    [Fact]
    public async Task Serve_AChildThatReadsNothing_SlowsTheClientDown()
    {
        var (client, child) = await ServeAsync();
        client.Client.Blocking = false;
        var sent = 0L;
        while (Tally.Live.Single().BytesReceived == 0 || client.Client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
        {
            sent += Math.Max(0, client.Client.Send(new byte[64 * 1024], SocketFlags.None, out _));
            Assert.InRange(sent, 0, 1 << 28);
        }

        client.Client.Blocking = true;
        client.Client.Shutdown(SocketShutdown.Send);
        var read = 0L;
        var buffer = new byte[64 * 1024];
        for (int count; (count = await child.Reads.ReadAsync(buffer, Cancel)) > 0;)
        {
            read += count;
        }

        Assert.Equal(sent, read);
        child.Exit(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Serve_AClientThatResets_EndsBothPipes(bool hasSentAll)
    {
        var (client, child) = await ServeAsync();
        await client.SendAsync("x"u8.ToArray());
        Assert.Equal('x', child.Reads.ReadByte());
        if (hasSentAll)
        {
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(-1, child.Reads.ReadByte());
        }

        client.ResetByClient();

        Assert.Equal(-1, child.Reads.ReadByte());
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await child.Writes.WriteAsync(new byte[1024], Cancel);
            }
        });
        Assert.Empty(Log.Of(ChildEnded));
        child.Exit(0);
        await EndedAsync("exited", "with status 0");
    }

    [Fact]
    public async Task Serve_AClientThatResetsWhileItsChildReadsNothing_IsNoticed()
    {
        var (client, child) = await ServeAsync();
        client.Client.Blocking = false;
        while (Tally.Live.Single().BytesReceived == 0 || client.Client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
        {
            _ = client.Client.Send(new byte[64 * 1024], SocketFlags.None, out _);
        }

        client.ResetByClient();

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await child.Writes.WriteAsync(new byte[1024], Cancel);
            }
        });
        child.Exit(0);
        await EndedAsync("exited", "with status 0");
    }

    [Fact]
    public async Task Serve_AProcessThatTheChildHasLeft_KeepsTheConnection()
    {
        var (client, child) = await ServeAsync();

        child.Leave(0);
        await child.Writes.WriteAsync("later"u8.ToArray(), Cancel);
        var buffer = new byte[5];
        Assert.Equal(5, await client.Client.ReceiveAsync(buffer, SocketFlags.None, Cancel));
        Assert.Empty(Log.Of(ChildEnded));
        child.Exit(0);

        Assert.Empty(await client.ReceiveToEndAsync());
        client.Client.Dispose();
        await EndedAsync("exited", "with status 0");
    }

    [Fact]
    public async Task Errors_OfAChild_AreLinesOfTheLog()
    {
        var (client, child) = await ServeAsync();
        client.Client.Shutdown(SocketShutdown.Send);

        await child.Complains.WriteAsync(Encoding.ASCII.GetBytes($"one\r\n\ntwo\n{new string('x', 3000)}\nlast"), Cancel);
        child.Exit(0);

        await EndedAsync("exited", "with status 0");
        Assert.Equal(["one", "two", new string('x', 2048) + "...", "last"], Log.Of(ChildStderr).Select(line => line["Line"]));
        Assert.All(Log.Of(ChildStderr), line => Assert.Equal((1L, PlayedProcess.Number), (line["ConnectionId"], line["Pid"])));
    }
}
