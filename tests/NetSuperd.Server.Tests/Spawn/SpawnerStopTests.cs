using System.Net.Sockets;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Spawn;

/// <summary>How children are asked to end, and ended.</summary>
[Collection(RunsAlone.Name)]
public sealed class SpawnerStopTests : TestedSpawner
{
    [Fact]
    public async Task Stop_ChildrenThatObey_EndByTerm()
    {
        var service = Maps.Child("sleep", "/bin/sleep", "1000");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        await Log.WhenAsync(ChildStarted);

        await run.StopAsync();

        Assert.Equal("by signal SIGTERM", Assert.Single(Log.Of(ChildEnded))["Detail"]);
        Assert.Empty(Log.Of(ChildKilled));
    }

    [Fact]
    public async Task Stop_AChildThatIgnoresTerm_IsKilledAfterTheDrain()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        var stopping = run.StopAsync(TimeSpan.FromSeconds(30));
        await Time.TimerAsync();
        Time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(stopping.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await stopping;

        Assert.Single(Log.Of(ChildKilled));
        Assert.Equal("by signal SIGKILL", Assert.Single(Log.Of(ChildEnded))["Detail"]);
        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Abort_AConnection_KillsItsChildWithTheSessionAndNoOther()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "sleep 1000 & echo ready; read line; echo $line; wait");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        using var other = await run.ConnectAsync(service);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));
        Assert.Equal(6, await other.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));
        var records = Tally.Live.OrderBy(record => record.Id).ToList();

        await run.AbortAsync(records[0]);

        Assert.Equal("by signal SIGKILL", (await Log.WhenAsync(ChildEnded))[0]["Detail"]);
        await EndOfAsync(pair);
        await other.SendAsync("on\n"u8.ToArray());
        Assert.Equal(3, await other.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));
        await run.AbortAsync(records[1]);
        await EndOfAsync(other);
    }

    [Theory]
    [InlineData("trap '' TERM; echo ready; while :; do sleep 1000; done", "by signal SIGKILL")]
    [InlineData("(trap '' TERM; echo ready; exec sleep 1000) & exec sleep 1000", "by signal SIGTERM")]
    public async Task Share_AChildThatIsAskedToEnd_IsKilledAfterItsTimeWithAllOfItsSession(string script, string detail)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", script);
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();
        var asked = new EndRequest();
        var ended = run.StartSharedAsync(service, pair, asked);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        asked.Make(TimeSpan.FromSeconds(30));
        while (await Task.WhenAny(ended, Time.TimerAsync()).WaitAsync(Patience, Cancel) != ended)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(await ended);
        Assert.Single(Log.Of(ChildKilled));
        Assert.Equal(detail, Assert.Single(Log.Of(ChildEnded))["Detail"]);

        // Nothing of the session has the socket any more.
        pair.Server.Dispose();
        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Abort_AConnectionWhoseChildIsBeingStarted_KillsTheChild()
    {
        var service = Maps.Child("sleep", "/bin/sleep", "1000");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        run.Abort(Assert.Single(Tally.Live));

        Assert.Equal("by signal SIGKILL", (await Log.WhenAsync(ChildEnded))[0]["Detail"]);
    }

    [Fact]
    public async Task Share_AChildThatIsAskedAgain_HasNoMoreThanTheShorterTime()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done");
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();
        var asked = new EndRequest();
        var ended = run.StartSharedAsync(service, pair, asked);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));
        await run.WatchedAsync(Assert.Single(Tally.Live));
        asked.Make(TimeSpan.FromMinutes(10));
        await Time.TimerAsync();

        asked.Make(TimeSpan.Zero);
        asked.Make(TimeSpan.FromMinutes(10));
        Time.Advance(TimeSpan.FromSeconds(1));
        for (var passed = 0; await Task.WhenAny(ended, Time.TimerAsync()).WaitAsync(Patience, Cancel) != ended; passed++)
        {
            Assert.InRange(passed, 0, 60);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(await ended);
        Assert.Equal("by signal SIGKILL", Assert.Single(Log.Of(ChildEnded))["Detail"]);
    }

    [Fact]
    public async Task Stop_ConnectionsThatWaitForTheirChild_GetOneFirst()
    {
        const int Waiting = 50;
        var service = Maps.Child("sleep", "/bin/sleep", "1000");
        await using var run = new Running(this, service);
        var pairs = new List<SocketPair>();
        for (var i = 0; i < Waiting; i++)
        {
            pairs.Add(await run.ConnectAsync(service));
        }

        await run.StopAsync();

        Assert.Empty(Tally.Live);
        var totals = Tally.Totals[service.Name];
        Assert.Equal(Waiting, totals[ConnectionEnd.Killed]);
        foreach (var pair in pairs)
        {
            Assert.Empty(await pair.ReceiveToEndAsync());
            pair.Dispose();
        }
    }

    [Theory]
    [InlineData("if (!fork) { setpgrp(0, 0); $| = 1; print 'x'; sleep(1000) } sleep(1000)")]
    [InlineData("if (!fork) { $| = 1; print 'x'; sleep(1000) }")]
    public async Task Stop_WhatAChildStarted_EndsToo(string script)
    {
        // The client sees the end only when every process that has the connection is gone: of another group, or left by its parent.
        var service = Maps.Child("perl", "/usr/bin/perl", "-e", script);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        Assert.Equal(1, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        await run.StopAsync();

        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    /// <summary>The client sees a reset where the daemon may ask the system for it, and otherwise the end.</summary>
    private static async Task EndOfAsync(SocketPair pair)
    {
        try
        {
            Assert.Empty(await pair.ReceiveToEndAsync());
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }
}
