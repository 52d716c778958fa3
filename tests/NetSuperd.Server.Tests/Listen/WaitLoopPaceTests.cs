using System.Net;
using NetSuperd.Linux.Listen;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>A service whose children wake it again and again is held back, and its clients are not.</summary>
public sealed class WaitLoopPaceTests : TestedWaitLoop
{
    [Fact]
    public async Task Run_AChildThatLeftItsDatagram_DropsThatAndBacksOffDoublingTo10Seconds()
    {
        Run(Transport.Udp);
        using var client = Client();
        double[] pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10];
        foreach (var pause in pauses)
        {
            client.Send("left"u8);
            (await StartAsync()).End.SetResult(ChildOutcome.Ran);
            await Time.TimerAsync();
            Assert.Equal(0, Sockets[0].Socket.Available);
            Time.Advance(TimeSpan.FromSeconds(pause));
        }

        Assert.Equal(pauses, Log.Of(WaitBackoff).Select(logged => (double)logged["Pause"]!));
        Assert.Equal(Enumerable.Range(1, pauses.Length), Log.Of(DatagramDropped).Select(logged => (int)(long)logged["Dropped"]!));
        Assert.All(Log.Of(DatagramDropped), logged => Assert.Equal((4L, client.LocalEndPoint), (logged["Length"], logged["Peer"])));

        // One that reads is trusted again.
        client.Send("read"u8);
        var good = await StartAsync();
        Read(1);
        good.End.SetResult(ChildOutcome.Ran);
        client.Send("left"u8);
        (await StartAsync()).End.SetResult(ChildOutcome.Ran);
        await Time.TimerAsync();
        Assert.Equal(0.1, Log.Of(WaitBackoff)[^1]["Pause"]);
    }

    [Fact]
    public async Task Run_AChildThatLeftItsDatagramAndHidIt_StillBacksOff()
    {
        // socket(7): a look begins behind the datagram from now on.
        const int SOL_SOCKET = 1, SO_PEEK_OFF = 42;
        Run(Transport.Udp);
        using var client = Client();
        client.Send("left"u8);
        var (_, end) = await StartAsync();
        Sockets[0].Socket.SetRawSocketOption(SOL_SOCKET, SO_PEEK_OFF, BitConverter.GetBytes(1000));
        end.SetResult(ChildOutcome.Ran);
        await Time.TimerAsync();

        Assert.Single(Log.Of(WaitBackoff));
        Assert.Single(Log.Of(DatagramDropped));
    }

    [Fact]
    public async Task Run_NoProcessForTheChild_KeepsTheDatagramAndBacksOff()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("kept"u8);
        (await StartAsync()).End.SetResult(ChildOutcome.NotRan);
        await Time.TimerAsync();

        Assert.Equal(4, Sockets[0].Socket.Available);
        Assert.Equal(0.1, Assert.Single(Log.Of(WaitNotStarted))["Pause"]);
        Assert.Empty(Log.Of(WaitBackoff));
        Time.Advance(TimeSpan.FromMilliseconds(100));
        await StartAsync();
        Assert.Equal("kept"u8, Read(1));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    [InlineData(Transport.UnixSeqpacket)]
    public async Task Run_AChildThatLeavesTheConnection_BacksOff(Transport transport)
    {
        Run(transport);
        using var client = Client();
        (await StartAsync()).End.SetResult(ChildOutcome.Ran);
        await Time.TimerAsync();

        Assert.Equal(0.1, Assert.Single(Log.Of(WaitBackoff))["Pause"]);

        // The connection is not lost.
        Time.Advance(TimeSpan.FromMilliseconds(100));
        using var accepted = await AcceptAsync();
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.UnixDatagram)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceThatWakesItself_GetsSoManyChildrenAMinute(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync();
        await Time.TimerAsync();
        Assert.False(Starts.Reader.TryRead(out _));
        Assert.Empty(Log.Events);

        for (var i = 0; i < 3; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(1) / WaitPace.MostInMinute);
            var (_, end) = await StartAsync();
            Take();
            Wake();
            end.SetResult(ChildOutcome.Ran);
            await Time.TimerAsync();
        }

        Assert.Equal(WaitPace.MostInMinute, Assert.Single(Log.Of(WakesItself))["Rate"]);
        Assert.Contains("limited to 256 children a minute", Tested!.Trouble, StringComparison.Ordinal);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(Tested.Trouble);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.UnixDatagram)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceThatIsHeldBack_ServesAClientImmediately(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync();
        await Time.TimerAsync();

        // What is there at the beginning has been reported when something that was posted later has run.
        var turn = new Turn();
        Loop.Post(turn);
        await turn.Over.WaitAsync(Patience, Cancel);
        Wake();
        await StartAsync();
        Assert.Empty(Log.Events);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceWhoseChildrenTakeMoreThanComes_IsHeldBackNoLonger(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync(last: 6);
        await Time.TimerAsync();
        Time.Advance(TimeSpan.FromMinutes(1) / WaitPace.MostInMinute);

        for (var i = 0; i < 6; i++)
        {
            var (_, end) = await StartAsync();
            Take();
            end.SetResult(ChildOutcome.Ran);
        }
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    public async Task Run_AClientThatWaitsForEachAnswer_IsNotHeldBack(Transport transport)
    {
        Run(transport);
        for (var i = 0; i < WaitPace.MostInMinute + 20; i++)
        {
            using var client = Client();
            client.Send("x"u8);
            var (_, end) = await StartAsync();
            Take();
            end.SetResult(ChildOutcome.Ran);
        }
    }

    [Fact]
    public async Task Run_AServiceWithARate_IsNotHeldBack()
    {
        Limits = Maps.Admission with { Rate = new Rate(1000, TimeSpan.FromSeconds(1), 1000) };
        Run(Transport.Udp);
        await WakeItselfAsync();

        await StartAsync();
    }

    [Fact]
    public async Task Run_AStartThatFails_IsReportedAndTriedAgain()
    {
        Log.Expects(ListenerFailed);
        Run(Transport.Tcp);
        using var client = Client();
        (await StartAsync()).End.SetException(new InvalidOperationException("no"));
        await Time.TimerAsync();

        Assert.Equal("no", Assert.Single(Log.Of(ListenerFailed))["Reason"]);
        Time.Advance(TimeSpan.FromMilliseconds(100));
        using var accepted = await AcceptAsync();
    }

    /// <summary>Sends as a child would that ends then: the sender is gone.</summary>
    private void Wake()
    {
        using var client = Client();
        if (!Sockets[0].IsDatagram)
        {
            return;
        }

        if (Sockets[0].Socket.LocalEndPoint is IPEndPoint own)
        {
            Sockets[0].Socket.SendTo("x"u8, own);
        }
        else
        {
            client.Send("x"u8);
        }
    }

    /// <summary>Takes what waits as the child would.</summary>
    private void Take()
    {
        if (Sockets[0].IsDatagram)
        {
            Read(1);
        }
        else
        {
            Sockets[0].Socket.Accept().Dispose();
        }
    }

    /// <summary>Has the service wake itself as often as it may in a minute; the last child sends several times.</summary>
    private async Task WakeItselfAsync(int last = 1)
    {
        Wake();
        for (var i = 1; i <= WaitPace.MostInMinute; i++)
        {
            var (_, end) = await StartAsync();
            Take();
            for (var sent = 0; sent < (i == WaitPace.MostInMinute ? last : 1); sent++)
            {
                Wake();
            }

            end.SetResult(ChildOutcome.Ran);
        }
    }

    private sealed class Turn : ILoopWork
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public void Run() => _over.SetResult();
    }
}
