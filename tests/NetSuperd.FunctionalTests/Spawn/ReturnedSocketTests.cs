using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;
using static NetSuperd.FunctionalTests.Spawn.WaitDaemon;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A child with <c>wait = true</c> has changed the socket that it was given, or left it to another process.</summary>
public sealed class ReturnedSocketTests
{
    [Fact]
    public async Task Listener_ThatAChildHasShutDownAndUnblocked_IsForTheNextAsBefore()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"",
            "use Socket; use Fcntl; $flags = fcntl(STDIN, F_GETFL, 0); accept(C, STDIN); syswrite(C, $flags & O_NONBLOCK ? 1 : 0); "
            + "shutdown(STDIN, 2); fcntl(STDIN, F_SETFL, $flags | O_NONBLOCK)");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ListensAsync(() => daemon.ConnectAsync("p"));
            Assert.Equal("0", await client.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task UnixListener_ThatAChildHasShutDown_IsBoundAgain()
    {
        await using var daemon = await StartAsync(
            "\"%dir%/wait.sock\" = { service = \"wait\", mode = \"0666\" }",
            "use Socket; accept(C, STDIN); syswrite(C, $$); shutdown(STDIN, 2)");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ListensAsync(() => TcpPeer.ConnectUnixAsync(daemon.Scratch["wait.sock"]));
            Assert.NotEqual("", await client.ReadToEndAsync());
        }

        await daemon.WaitForEventAsync("SocketReplaced", found => found["Replaced"] == "3");

        // The event is logged before the new socket is bound.
        await Deadline.UntilAsync(() => daemon.Scratch.ModeOf("wait.sock") == (UnixFileMode)0x1B6, "the new socket, with its permissions");
        Assert.Equal(0, await daemon.StopAsync());
        Assert.False(File.Exists(daemon.Scratch["wait.sock"]));
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasShutDown_IsBoundAgain()
    {
        await using var daemon = await StartAsync("\"127.0.0.1:%p%/udp\" = \"wait\"", $"{Receives}; send(S, $_, 0, $from); shutdown(S, 2)");
        for (var i = 0; i < 3; i++)
        {
            // Between the old socket and the new one a datagram is refused.
            Assert.Equal("TEST", await AskAsync(daemon, "TEST"));
            await daemon.WaitForEventAsync("SocketReplaced", found => found["Replaced"] == $"{i + 1}");
        }
    }

    [Fact]
    public async Task DatagramSocket_ThatAChildHasConnected_ServesTheNext()
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%/udp\" = \"wait\"", $"use Socket; {Receives}; connect(S, $from); syswrite(S, $_)");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("TEST", await AskAsync(daemon, "TEST"));
            await Deadline.UntilAsync(() => Count(daemon, "ChildEnded") == i + 1, "the end of the child");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Process_ThatAChildHasLeftWithTheSocket_IsNamedAsLongAsItLives(bool isServedByAnother)
    {
        await using var daemon = await StartAsync(
            "\"127.0.0.1:%p%\" = \"wait\"",
            "use Socket; use POSIX; accept(C, STDIN); unless ($p = fork) "
            + "{ setsid; alarm 60; close C; close STDERR; 1 while accept(D, STDIN) } syswrite(C, $p)");
        using var client = await daemon.ConnectAsync("p");
        var pid = await client.ReadToEndAsync();

        Assert.Equal($"perl (pid {pid})", (await daemon.WaitForEventAsync("SocketLeft"))["Process"]);
        Assert.Contains(
            $"perl (pid {pid}), which a child left behind, "
            + "still has the socket", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        if (isServedByAnother)
        {
            daemon.Edit(map => map.Replace("= \"wait\"", "= \"echo\"", StringComparison.Ordinal));
            await daemon.DoAsync("reload");
            await Deadline.UntilAsync(() => Count(daemon, "SocketLeft") == 2, "the process to be named for the other service");
            Assert.Contains(
                $"perl (pid {pid}), which a child left behind, "
                + "still has the socket", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        }

        await Command.OutputAsync("kill", pid);
        await daemon.StatusAsync(status => !StatusJson.Text(status).Contains("left behind", StringComparison.Ordinal), "its end");
    }

    /// <summary>Connects, as soon as the daemon listens again.</summary>
    private static async Task<TcpPeer> ListensAsync(Func<Task<TcpPeer>> connect)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while (true)
        {
            try
            {
                return await connect();
            }
            catch (SocketException refused) when (
                refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
                    && !deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Sends a datagram until it is answered.</summary>
    private static Task<string> AskAsync(Daemon daemon, string word) => UntilServedAsync(async () =>
    {
        using var client = Client(daemon);
        client.Send(Encoding.ASCII.GetBytes(word));
        return Text(await ReceiveAsync(client, UntilTheNextTry));
    });
}
