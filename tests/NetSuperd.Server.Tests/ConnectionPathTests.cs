using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests;

/// <summary>
/// The path between a real socket and real stages: what is taken for a client is given back, and its record closed, whatever becomes of it.
/// </summary>
/// <remarks>By themselves: children are started.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ConnectionPathTests : TestedConnectionPath
{
    private const int DispatchFailed = 3002, ConnectionGone = 3001, SpawnFailed = 5001;

    [Fact]
    public void Receive_WithoutAClient_ReturnsItsTokenAndConnection()
    {
        var path = ToHandler(Maps.Admission);

        Assert.Equal(AcceptOutcome.None, path.Receive(mayWait: true));

        AssertNothingIsHeld();
        Assert.Equal(Errno.EAGAIN, Backlog.Errno);
    }

    [Fact]
    public async Task Receive_AClient_IsServedByTheHandlerAndItsPlaceIsFreeAfterwards()
    {
        var path = ToHandler(Maps.Admission);
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal(1, Gates.Total.Taken);
        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Closed, 1);
    }

    [Fact]
    public async Task Receive_AClient_IsServedByAChildAndItsPlaceIsFreeAfterwards()
    {
        var path = ToChildren(Maps.Admission, "/bin/cat");
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Exited, 1);
    }

    [Fact]
    public async Task Receive_AClientThatIsNotAllowed_GetsTheBannerAndNeitherHandlerNorChild()
    {
        foreach (var open in (Func<Admission, ConnectionPath>[])[admission => ToHandler(admission), admission =>
            ToChildren(admission, "/bin/cat")])
        {
            var path = open(Maps.Admission with { Allow = [], BannerRefused = "go away" });
            var client = await ConnectAsync();

            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

            Assert.Equal("go away\r\n", await ReceiveAsync(client));
            client.Dispose();
        }

        await EndedAsync(ConnectionEnd.Refused, 2);
    }

    [Fact]
    public async Task Receive_AClientThatHasGone_LeavesNothing()
    {
        var path = ToHandler(Maps.Admission);
        var client = await ConnectAsync();
        await ResetAsync(client);

        // accept(2) may say so itself, and does not on Linux.
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal([ConnectionGone], Log.Ids);
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task Receive_AtALimit_LeavesClientsInTheBacklogAndWakesTheListenerWhenAPlaceIsFree()
    {
        var path = ToHandler(Maps.Admission with { MaxConnections = 1 });
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));

        Assert.Equal((0, false, false), (Woken, path.HasClient, path.IsEmpty));
        await ExchangeAsync(first);
        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.None, path.Resume());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        Assert.Equal("TEST", await ExchangeAsync(second));
        await EndedAsync(ConnectionEnd.Closed, 2);
    }

    [Fact]
    public async Task Receive_AtALimitByAListenerThatCloses_RefusesTheClient()
    {
        var path = ToHandler(Maps.Admission with { MaxConnections = 1 });
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: false));

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: false));

        Assert.Equal("", await ReceiveAsync(second));
        Assert.Equal(1, Gates.Total.Taken);
        Assert.Equal("TEST", await ExchangeAsync(first));
        await EndedAsync(ConnectionEnd.Refused, 1);
    }

    [Theory]
    [InlineData(false, ConnectionEnd.Closed)]
    [InlineData(true, ConnectionEnd.Reset)]
    public async Task Receive_AClientThatWaitsForAToken_IsServedWhenItIsThereUnlessItHasGone(bool leaves, ConnectionEnd end)
    {
        var (path, client) = await WithAWaitingClientAsync();
        if (leaves)
        {
            await ResetAsync(client);
        }

        Time.Advance(Second);
        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Resume());

        Assert.False(path.HasClient);
        Assert.Equal(leaves ? "" : "TEST", leaves ? "" : await ExchangeAsync(client));
        await EndedAsync(end, leaves ? 1 : 5);
    }

    [Fact]
    public async Task Close_WhileAClientWaitsForAToken_ServesItWithoutOne()
    {
        var (path, client) = await WithAWaitingClientAsync();

        path.Close();

        Assert.False(path.HasClient);
        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Closed, 5);
    }

    [Fact]
    public async Task Receive_WhileTooManyStartsAreUnderWay_WaitsUntilThereIsRoom()
    {
        const int MostAtOnce = 64;
        var path = ToChildren(Maps.Admission, "/bin/true");
        var latch = NewLatch();
        await latch.HoldAsync(Loop);
        var clients = new List<Socket>();
        for (var i = 0; i <= MostAtOnce; i++)
        {
            clients.Add(await ConnectAsync());
        }

        for (var i = 0; i < MostAtOnce; i++)
        {
            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        }

        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));
        Assert.Equal((MostAtOnce, 0), (Gates.Total.Taken, Woken));
        latch.Release();

        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        await EndedAsync(ConnectionEnd.Exited, MostAtOnce + 1);
    }

    [Fact]
    public async Task Receive_WhereTheChildCannotBeStarted_ClosesTheConnectionAndNoLongerCountsIt()
    {
        Log.Expects(SpawnFailed);
        var path = ToChildren(Maps.Admission, "/nonexistent/program");
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(ConnectionEnd.Unspawned, 1);
    }

    [Fact]
    public async Task Receive_WhereAStageFails_EndsThatConnectionOnly()
    {
        Log.Expects(DispatchFailed);
        var path = ToHandler(Maps.Admission);
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        Log.OnLogged = logged => _ = logged.Id is 6001 ? throw new InvalidOperationException("a bug") : 0;

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Log.OnLogged = null;
        await ReceiveAsync(first);
        Assert.Single(Log.Of(DispatchFailed));
        await EndedAsync(ConnectionEnd.Failed, 1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        Assert.Equal("TEST", await ExchangeAsync(second));
    }
}
