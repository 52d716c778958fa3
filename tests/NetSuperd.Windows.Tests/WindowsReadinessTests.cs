using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>What a wait reports, on one thread.</summary>
public sealed class WindowsReadinessTests : WindowsSockets
{
    private const Events All = Events.Read | Events.Write | Events.End;
    private const Events Connection = Events.Read | Events.End | Events.Edge;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly WindowsReadiness _set = new();

    public override void Dispose()
    {
        _set.Dispose();
        Assert.Equal(0, _set.Pending.Value);
        base.Dispose();
    }

    [Fact]
    public void Wait_Nothing_ReturnsEmptyAfterTheTime()
    {
        var began = Stopwatch.GetTimestamp();

        Assert.Empty(_set.Wait(TimeSpan.FromMilliseconds(30)).ToArray());
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public async Task Wake_AWaitWithoutEnd_ReturnsOnceWithNothing()
    {
        var waiting = Task.Factory.StartNew(
            () => _set.Wait(null).Length, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        _set.Wake();
        Assert.Equal(0, await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken));

        var began = Stopwatch.GetTimestamp();
        Assert.Empty(_set.Wait(TimeSpan.FromMilliseconds(30)).ToArray());
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public void Wait_ReadableConnections_AreReportedByTheirTokens()
    {
        var (quiet, first, second) = (Connect(), Connect(), Connect());
        _set.Add(quiet.Server, 1);
        _set.Add(first.Server, 2);
        _set.Add(second.Server, long.MaxValue);
        first.Client.Send("x"u8);
        second.Client.Send("x"u8);

        var found = new SortedSet<long>();
        while (found.Count < 2)
        {
            found.UnionWith(Tokens());
        }

        Assert.Equal([2, long.MaxValue], found);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wait_WhatIsNotReceived_IsReportedAgainUnlessOnlyChangesAreAskedFor(bool isEdge)
    {
        var (client, server) = Connect();
        _set.Add(server, 5, isEdge ? Connection : Events.Read);
        client.Send("x"u8);

        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(isEdge ? [] : [(5, Events.Read)], Now());
        Assert.Equal(1, server.Receive(new byte[10]).Count);
        Assert.Empty(Now());
        client.Send("y"u8);
        Assert.Equal([(5, Events.Read)], Next());
    }

    [Fact]
    public void Wait_AnEdgeBesideWhatWasPeeked_IsReported()
    {
        var (client, server) = Connect();
        _set.Add(server, 5, Connection);
        client.Send("a"u8);
        Assert.Equal([(5, Events.Read)], Next());
        var buffer = new byte[10];
        Assert.Equal(1, server.Peek(buffer).Count);
        Assert.Empty(Now());

        client.Send("bc"u8);
        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(3, server.Peek(buffer).Count);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(3, server.Peek(buffer).Count);
        Assert.Equal([(5, Events.Read | Events.End)], Next());
        Assert.Equal(3, server.Peek(buffer).Count);
        Assert.Empty(Now());
        Assert.Equal(3, server.Receive(buffer).Count);
        Assert.Equal("abc"u8, buffer.AsSpan(0, 3));
        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(0, server.Receive(buffer).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Add_AConnectionOfWhichBytesWerePeeked_ReportsThem()
    {
        var (client, server) = Connect();
        client.Send("a"u8);
        while (server.Peek(new byte[10]).Count != 1)
        {
        }

        _set.Add(server, 5, Connection);

        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(1, server.Receive(new byte[10]).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Wait_RoomForSending_IsReportedOnceAndWhenThereIsRoomAgain()
    {
        var (client, server) = Connect();
        _set.Add(server, 5, Connection | Events.Write);
        Assert.Equal([(5, Events.Write)], Next());
        Assert.Empty(Now());

        var block = new byte[1 << 18];
        while (!server.Send(block).MustWait)
        {
        }

        Assert.Empty(Now());
        _ = Task.Run(() => Drain(client), TestContext.Current.CancellationToken);
        Assert.Equal([(5, Events.Write)], Next());
        Assert.True(server.Send(block).Count > 0);
    }

    [Theory]
    [InlineData(Events.Read | Events.End | Events.Edge)]
    [InlineData(Events.Read | Events.Write | Events.End | Events.Edge)]
    [InlineData(Events.Read)]
    [InlineData(Events.None)]
    public void Wait_AReset_IsReportedAsEverything(Events events)
    {
        var (client, server) = Connect();
        _set.Add(server, 5, events);
        if ((events & Events.Write) != 0)
        {
            Assert.Equal([(5, Events.Write)], Next());
        }

        Assert.Empty(Now());
        Reset(client);

        Assert.All(Next(), found => Assert.Equal((5, All), found));
        Assert.Equal(events == Events.Read, Now().Contains((5, All)));

        Assert.Equal(Errno.ECONNRESET, server.Receive(new byte[1]).Failure);
    }

    [Fact]
    public void Wait_TheEndOfTheOtherSide_IsReportedOnce()
    {
        var (client, server) = Connect();
        _set.Add(server, 5, Connection);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(0, server.Receive(new byte[1]).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Wait_AListenerOfTwoSets_IsReportedByBothWhileAClientWaits()
    {
        using var other = new WindowsReadiness();
        var listener = Listen();
        _set.Add(listener.SafeHandle, 1);
        other.Add(listener.SafeHandle, 2);
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(listener.LocalEndPoint!);

        Assert.Equal([(1, Events.Read)], Next());
        Assert.Equal([(1, Events.Read)], Now());
        Assert.Equal([new ReadyDescriptor(2, Events.Read)], other.Wait(Patience).ToArray());
        Keep(WindowsStreamSocket.Accept(listener.SafeHandle, AddressFamily.InterNetwork, out _)!);
        _ = Now();
        Assert.Empty(Now());
        Assert.Null(WindowsStreamSocket.Accept(listener.SafeHandle, AddressFamily.InterNetwork, out var errno));
        Assert.Equal(Errno.EAGAIN, errno);
    }

    [Fact]
    public void Wait_ADatagram_IsReportedUntilItIsReceived()
    {
        var server = Keep(WindowsListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), SocketType.Dgram, new WindowsListenOptions()));
        _set.Add(server.SafeHandle, 7);
        Assert.Empty(Now());
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        client.SendTo("x"u8, server.LocalEndPoint!);

        Assert.Equal([(7, Events.Read)], Next());
        Assert.Equal([(7, Events.Read)], Now());
        server.Receive(new byte[1]);
        _ = Now();
        Assert.Empty(Now());
    }

    [Fact]
    public void Remove_AReadableConnection_IsReportedNoMoreAndCanBeAddedAgain()
    {
        var (client, server) = Connect();
        _set.Add(server, 5, Connection);
        client.Send("x"u8);
        _set.Remove(server);
        Assert.Empty(Now());

        _set.Add(server, 6, Connection);
        Assert.Equal([(6, Events.Read)], Next());
    }

    [Fact]
    public void Add_AConnectionThatAnotherSetHad_ReportsByTheDriver()
    {
        var (client, server) = Connect();
        using (var other = new WindowsReadiness())
        {
            other.Add(server, 1, Connection);
            other.Remove(server);
        }

        _set.Add(server, 5, Connection);
        Assert.Empty(Now());
        for (var i = 0; i < 3; i++)
        {
            client.Send("x"u8);
            Assert.Equal([(5, Events.Read)], Next());
            Assert.Equal(1, server.Receive(new byte[10]).Count);
            Assert.Empty(Now());
        }

        client.Shutdown(SocketShutdown.Send);
        Assert.Equal([(5, Events.Read | Events.End)], Next());
        Assert.Equal(0, server.Receive(new byte[10]).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Change_ToNoEventsAndBack_ReportsWhatArrivedInBetween()
    {
        var (client, server) = Connect();
        _set.Add(server, 5);
        _set.Change(server, 5, Events.None);
        client.Send("x"u8);
        Assert.Empty(Now());

        _set.Change(server, 5, Events.Read);
        Assert.Equal([(5, Events.Read)], Next());
    }

    [Fact]
    public void Add_ASocketTwice_NamesTheCall()
    {
        var (_, server) = Connect();
        _set.Add(server, 5);
        using var other = new WindowsReadiness();

        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => _set.Add(server, 6)).Errno);
        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => other.Add(server, 6)).Errno);
        Assert.Equal((1, 0), (_set.Count, other.Count));
    }

    [Fact]
    public void Dispose_OfWatchedSockets_LeavesNoOperation()
    {
        var (_, server) = Connect();
        var (_, sending) = Connect();
        var (_, resting) = Connect();
        var listener = Listen();
        _set.Add(server, 1, Connection);
        _set.Add(sending, 2, Connection | Events.Write);
        _set.Add(resting, 3, Events.None);
        _set.Add(listener.SafeHandle, 4);
        Assert.True(_set.Pending.Value >= 4);

        server.Dispose();
        sending.Reset();
        resting.Finish();
        listener.Dispose();
        Assert.All(Until(() => _set.Count == 0 && _set.Pending.Value == 0), found => Assert.Equal(2, found.Token));
    }

    private List<(long Token, Events Events)> Until(Func<bool> condition)
    {
        var all = new List<(long Token, Events Events)>();
        for (var began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{_set.Count} sockets, {_set.Pending.Value} operations");
            all.AddRange(Now());
        }

        return all;
    }

    private long[] Tokens() => [.. Next().Select(found => found.Token)];

    /// <summary>What is reported next; a wake, and an operation that was given up, report nothing.</summary>
    private (long Token, Events Events)[] Next()
    {
        (long Token, Events Events)[] found;
        var began = Stopwatch.GetTimestamp();
        while ((found = Now()).Length == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "an event comes");
        }

        return found;
    }

    private (long Token, Events Events)[] Now() =>
        [.. _set.Wait(Short).ToArray().Select(found => (found.Token, found.Events))];

    private static void Drain(Socket client)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (client.Receive(buffer) > 0)
            {
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
