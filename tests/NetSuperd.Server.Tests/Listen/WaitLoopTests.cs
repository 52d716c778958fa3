using System.Net.Sockets;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>Which child is started for which client, and what happens to the clients that it leaves.</summary>
public sealed class WaitLoopTests : TestedWaitLoop
{
    [Fact]
    public async Task Run_ADatagram_StartsAChildForItsSender()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("x"u8);
        var (sender, end) = await StartAsync();

        Assert.Equal(client.LocalEndPoint, sender);

        // It rests: a second datagram is the child's business.
        client.Send("y"u8);
        Read(2);
        Assert.False(Starts.Reader.TryRead(out _));
        end.SetResult(ChildOutcome.Ran);
        client.Send("z"u8);
        await StartAsync();
    }

    [Fact]
    public async Task Run_ADeniedSender_LosesItsDatagramAndDoesNotDelayTheNext()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("no"u8);
        client.Send("yes"u8);
        (await StartAsync()).End.SetResult(ChildOutcome.Refused);

        var (_, end) = await StartAsync();
        Assert.Equal("yes"u8.ToArray(), Read(1));
        end.SetResult(ChildOutcome.Ran);
        Assert.Empty(Log.Events);
    }

    [Fact]
    public async Task Run_WhatGoesWrongBeforeTheChild_GivesTheLeaseBack()
    {
        Log.Expects(ListenerFailed);
        var receiver = Receivers.Of((_, _) => throw new InvalidOperationException("no record"));
        Run(receiver, Transport.Udp);
        using var client = Client();
        client.Send("x"u8);

        await Log.WhenAsync(ListenerFailed);

        Assert.Equal(1, receiver.GivenBack);
    }

    [Fact]
    public async Task Run_AChildThatReadItsDatagram_IsFollowedImmediatelyByTheNext()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("one"u8);
        client.Send("two"u8);
        for (var i = 0; i < 2; i++)
        {
            var (_, end) = await StartAsync();
            Read(1);
            end.SetResult(ChildOutcome.Ran);
        }

        client.Send("three"u8);
        var last = await StartAsync();
        Assert.Empty(Log.Events);
        Read(1);
        last.End.SetResult(ChildOutcome.Ran);
    }

    [Fact]
    public async Task Run_AChildThatIsEnding_LeavesItsDatagramToTheNext()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("left"u8);
        var (_, end) = await StartAsync();
        Assert.True(Sockets[0].EndHolder(definition: null, TimeSpan.FromSeconds(1)));
        end.SetResult(ChildOutcome.Ran);

        var (sender, next) = await StartAsync();
        Assert.Equal(client.LocalEndPoint, sender);
        Assert.Equal("left"u8.ToArray(), Read(1));
        next.SetResult(ChildOutcome.Ran);
        Assert.DoesNotContain(Log.Events, logged => logged.Id is WaitBackoff or DatagramDropped);
    }

    [Fact]
    public async Task Run_AChildThatReadAndLeftTheNext_DropsNothing()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("mine"u8);
        var (_, end) = await StartAsync();
        client.Send("came meanwhile"u8);
        Read(1);
        end.SetResult(ChildOutcome.Ran);

        await StartAsync();
        Assert.Empty(Log.Events);
        Assert.Equal("came meanwhile"u8, Read(1));
    }

    [Fact]
    public async Task Run_AConnectionThatWaits_StartsAChildWithABlockingListener()
    {
        Run(Transport.Tcp);
        using var client = Client();
        var (sender, end) = await StartAsync();

        Assert.Null(sender);
        using var accepted = Sockets[0].Socket.Accept();
        end.SetResult(ChildOutcome.Ran);
        using var other = Client();
        using var next = await AcceptAsync();
        Assert.Empty(Log.Events);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    public async Task Run_AChildThatAcceptsOneOfMany_IsFollowedImmediately(Transport transport)
    {
        Run(transport);
        var clients = Enumerable.Range(0, 5).Select(_ => Client()).ToList();
        foreach (var client in clients)
        {
            using var accepted = await AcceptAsync();
            client.Dispose();
        }

        Assert.Empty(Log.Events);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task Run_AChildOfClientsThatTheSystemDoesNotCount_IsBelievedByItsStatus(int status, bool isDoubted)
    {
        if (isDoubted)
        {
            Log.Expects(WaitBackoff);
        }

        RunUncounted(status);
        var clients = Enumerable.Range(0, 3).Select(_ => Client()).ToList();
        var accepted = new List<Socket>();
        for (var i = 0; i < clients.Count; i++)
        {
            accepted.Add(await AcceptAsync());
            if (i < clients.Count - 1)
            {
                await Time.TimerAsync();
                Time.Advance(TimeSpan.FromMilliseconds(isDoubted ? 100 << i : 100));
            }
        }

        Assert.Equal(isDoubted, Log.Events.Any(logged => logged.Id == WaitBackoff));
        accepted.ForEach(socket => socket.Dispose());
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Run_SeveralSockets_AnyOfThemStartsTheChild()
    {
        Run(Transport.Tcp, Transport.Udp);
        using var client = Client(1);
        client.Send("x"u8);
        var (sender, end) = await StartAsync();

        Assert.Equal(client.LocalEndPoint, sender);
        Read(1, 1);
        end.SetResult(ChildOutcome.Ran);
        using var other = Client(0);
        Assert.Null((await StartAsync()).Sender);
    }

    [Fact]
    public async Task Run_TheStop_EndsItWhileAChildRuns()
    {
        Run(Transport.Tcp);
        using var client = Client();
        await StartAsync();

        await Stopping.CancelAsync();
        await Running.WaitAsync(Patience, Cancel);
    }
}
