using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>What a wait reports, on one thread.</summary>
public abstract class ReadinessSystemTests : SystemTests
{
    private const Events All = Events.Read | Events.Write | Events.End;
    private const Events Connection = Events.Read | Events.End | Events.Edge;

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    protected ReadinessSystemTests(ITestedSystem system)
        : base(system) => Set = Keep(system.CreateReadiness());

    protected Readiness Set { get; }

    [Fact]
    public void Wait_Nothing_ReturnsEmptyAfterTheTime()
    {
        var began = Stopwatch.GetTimestamp();

        Assert.Empty(Set.Wait(TimeSpan.FromMilliseconds(30)).ToArray());
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public async Task Wake_AWaitWithoutEnd_ReturnsOnceAndReportsNoSocket()
    {
        var waiting = Task.Factory.StartNew(
            () => Set.Wait(null).ToArray(), Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Set.Wake();
        Assert.All(await waiting.WaitAsync(Patience, Cancel), found => Assert.True(found.Token < 0));

        // The wake is used up: the next wait sees only the time.
        var began = Stopwatch.GetTimestamp();
        Assert.Empty(Set.Wait(TimeSpan.FromMilliseconds(30)).ToArray());
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(29));
    }

    [Fact]
    public void Wait_ReadableConnections_AreReportedByTheirTokens()
    {
        var (quiet, first, second) = (Connect(), Connect(), Connect());
        Set.Add(quiet.Server, 1);
        Set.Add(first.Server, 2);
        Set.Add(second.Server, long.MaxValue);
        first.Client.Send("x"u8);
        second.Client.Send("x"u8);

        var found = new SortedSet<long>();
        while (found.Count < 2)
        {
            found.UnionWith(Next().Select(ready => ready.Token));
        }

        Assert.Equal([2, long.MaxValue], found);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wait_WhatIsNotReceived_IsReportedAgainUnlessOnlyChangesAreAskedFor(bool isEdge)
    {
        var (client, server) = Connect();
        Set.Add(server, 5, isEdge ? Connection : Events.Read);
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
        Set.Add(server, 5, Connection);
        client.Send("a"u8);
        Assert.Equal([(5, Events.Read)], Next());
        var buffer = new byte[10];
        Assert.Equal(1, server.Peek(buffer).Count);
        Assert.Empty(Now());

        client.Send("bc"u8);
        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(3, server.Peek(buffer).Count);

        // The end comes with one report or with two.
        client.Shutdown(SocketShutdown.Send);
        while (!Next().Contains((5, Events.Read | Events.End)))
        {
            Assert.Equal(3, server.Peek(buffer).Count);
        }

        Assert.Equal(3, server.Peek(buffer).Count);
        Assert.Empty(Now());
        Assert.Equal(3, server.Receive(buffer).Count);
        Assert.Equal("abc"u8, buffer.AsSpan(0, 3));
        Assert.Equal(0, server.Receive(buffer).Count);
        _ = Now();
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

        Set.Add(server, 5, Connection);

        Assert.Equal([(5, Events.Read)], Next());
        Assert.Equal(1, server.Receive(new byte[10]).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Wait_RoomForSending_IsReportedOnceAndWhenThereIsRoomAgain()
    {
        var (client, server) = Connect();
        Set.Add(server, 5, Connection | Events.Write);
        Assert.Equal([(5, Events.Write)], Next());
        Assert.Empty(Now());

        var block = new byte[1 << 18];
        while (!server.Send(block).MustWait)
        {
        }

        _ = Now();
        Assert.Empty(Now());
        _ = Task.Run(() => Drain(client), Cancel);
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
        Set.Add(server, 5, events);
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
        Set.Add(server, 5, Connection);
        client.Shutdown(SocketShutdown.Send);

        Assert.All(Next(), found => Assert.True(found.Events.HasFlag(Events.Read)));
        Assert.Equal(0, server.Receive(new byte[1]).Count);
        Assert.Empty(Now());
    }

    [Fact]
    public void Wait_AListenerOfTwoSets_IsReportedByBothWhileAClientWaits()
    {
        using var other = System.CreateReadiness();
        var listener = Listen();
        Set.Add(listener.SafeHandle, 1);
        other.Add(listener.SafeHandle, 2);
        var client = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(listener.LocalEndPoint!);

        Assert.Equal([(1, Events.Read)], Next());
        Assert.Equal([(1, Events.Read)], Now());
        Assert.Equal([new ReadyDescriptor(2, Events.Read)], other.Wait(Patience).ToArray());
        Keep(System.Accept(listener)!);
        _ = Now();
        Assert.Empty(Now());
        Assert.Null(System.Accept(listener));
    }

    [Fact]
    public void Wait_ADatagram_IsReportedUntilItIsReceived()
    {
        var server = Keep(System.Bind(IPAddress.Loopback, SocketType.Dgram));
        Set.Add(server.SafeHandle, 7);
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
        Set.Add(server, 5, Connection);
        client.Send("x"u8);
        Set.Remove(server);
        Assert.Empty(Now());

        Set.Add(server, 6, Connection);
        Assert.Equal([(6, Events.Read)], Next());
    }

    [Fact]
    public void Add_AConnectionThatAnotherSetHad_IsReportedAsByTheFirst()
    {
        var (client, server) = Connect();
        using (var other = System.CreateReadiness())
        {
            other.Add(server, 1, Connection);
            other.Remove(server);
        }

        Set.Add(server, 5, Connection);
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
        Set.Add(server, 5);
        Set.Change(server, 5, Events.None);
        client.Send("x"u8);
        Assert.Empty(Now());

        Set.Change(server, 5, Events.Read);
        Assert.Equal([(5, Events.Read)], Next());
    }

    [Fact]
    public void Change_OfTheTokenAndTheEvents_ReplacesBoth()
    {
        var (client, server) = Connect();
        Set.Add(server, 5, Events.Read | Events.Edge);
        Set.Change(server, 6, Events.Write | Events.Edge);

        Assert.Equal([(6, Events.Write)], Next());
        client.Send("x"u8);
        Assert.DoesNotContain(Now(), found => found.Token == 5);
    }

    [Fact]
    public void Add_ASocketTwice_NamesTheCall()
    {
        var (_, server) = Connect();
        Set.Add(server, 5);

        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => Set.Add(server, 6)).Errno);
    }

    [Fact]
    public void Dispose_OfAWatchedSocket_EndsItsReports()
    {
        var (client, server) = Connect();
        Set.Add(server, 5);
        client.Send("x"u8);
        Assert.Equal([(5, Events.Read)], Next());

        server.Dispose();

        _ = Now();
        Assert.Empty(Now());
    }

    /// <summary>What is reported next; a wake, and an operation that was given up, report nothing.</summary>
    protected (long Token, Events Events)[] Next()
    {
        (long Token, Events Events)[] found;
        var began = Stopwatch.GetTimestamp();
        while ((found = Now()).Length == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "an event comes");
        }

        return found;
    }

    protected (long Token, Events Events)[] Now() =>
        [.. Set.Wait(Short).ToArray().Select(found => (found.Token, found.Events))];

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
