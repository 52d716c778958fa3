using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Proxy;

/// <summary>The connections of proxies behind a real socket: from the accept to the header, and to the service.</summary>
[Collection(RunsAlone.Name)]
public sealed class HeaderWaitTests : TestedConnectionPath
{
    private const string Line = "PROXY TCP4 192.0.2.7 192.0.2.8 4000 80\r\n";
    private const int ProxyHeaderWrong = 3005, ConnectionStarted = 6001;

    [Fact]
    public async Task Receive_AHeaderByteByByte_ServesWhatFollowsToTheClientThatItNames()
    {
        var client = await AcceptAsync(Path());
        foreach (var letter in Line)
        {
            await client.SendAsync(new[] { (byte)letter }, Cancel);
            await Loop.TurnAsync();
        }

        Assert.Equal("TEST", await ExchangeAsync(client));

        await EndedAsync(ConnectionEnd.Closed, 1);
        var started = Assert.Single(Log.Of(ConnectionStarted));
        Assert.Equal(("192.0.2.7:4000", "192.0.2.8:80"), ($"{started["Peer"]}", $"{started["Local"]}"));
    }

    [Fact]
    public async Task Receive_AHeaderWithBytesBehindIt_LeavesTheBytesToTheService()
    {
        var path = Path();
        var client = await ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes(Line + "first,"), Cancel);
        await ReceiveAsync(path);

        Assert.Equal("first,TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Closed, 1);
    }

    [Fact]
    public async Task Receive_AClientThatTheHeaderNames_IsJudgedByTheGates()
    {
        var deny = Maps.Admission with { Deny = [Rule("192.0.2.0/24")] };
        var client = await AcceptAsync(Path(deny));
        await client.SendAsync(Encoding.ASCII.GetBytes(Line), Cancel);

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(ConnectionEnd.Refused, 1);
        Assert.Equal(1, Tally.Totals["service"].Reasons["address"]);
    }

    [Fact]
    public async Task Receive_AConnectionThatIsNotTrusted_IsRefusedUnread()
    {
        var path = ToHandler(Maps.Admission, [Rule("192.0.2.1")]);
        var client = await ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes(Line), Cancel);
        await ReceiveAsync(path);

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(ConnectionEnd.Refused, 1);
        Assert.Equal(1, Tally.Totals["service"].Reasons["untrusted"]);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", false)]
    [InlineData("PROXY TCP4 192.0.2.7", true)]
    public async Task Receive_AnotherBeginning_IsRefusedAndNamed(string sent, bool ends)
    {
        var client = await AcceptAsync(Path());
        await client.SendAsync(Encoding.ASCII.GetBytes(sent), Cancel);
        if (ends)
        {
            client.Shutdown(SocketShutdown.Send);
        }

        Assert.Equal("", await ReceiveAsync(client));
        await RefusedAsync(1);
        Assert.Single(Log.Of(ProxyHeaderWrong));
    }

    [Fact]
    public async Task Receive_AClientThatLeaves_IsNoError()
    {
        var client = await AcceptAsync(Path());
        client.Shutdown(SocketShutdown.Send);

        await EndedAsync(ConnectionEnd.Reset, 1);
        Assert.Empty(Log.Of(ProxyHeaderWrong));
    }

    [Fact]
    public async Task Receive_AProxyThatSaysNothing_IsRefusedAfterItsTime()
    {
        var client = await AcceptAsync(Path());
        Time.Advance(HeaderWaits.Longest - TimeSpan.FromSeconds(1));
        await client.SendAsync("PROXY "u8.ToArray(), Cancel);
        await Loop.TurnAsync();
        Assert.Single(Tally.Live);

        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("", await ReceiveAsync(client));
        await RefusedAsync(1);
    }

    [Fact]
    public async Task Receive_MoreConnectionsOfAProxyThanMayWait_EndsTheOldest()
    {
        var path = Path();
        var oldest = await AcceptAsync(path);
        for (var i = 1; i < HeaderWaits.MostOfOne; i++)
        {
            await AcceptAsync(path);
        }

        Assert.Equal(HeaderWaits.MostOfOne, Tally.Live.Count);
        var last = await AcceptAsync(path);

        Assert.Equal("", await ReceiveAsync(oldest));
        await last.SendAsync(Encoding.ASCII.GetBytes(Line), Cancel);
        Assert.Equal("TEST", await ExchangeAsync(last));
        await StopAsync();
    }

    [Fact]
    public async Task Abort_OfAConnectionThatWaits_EndsIt()
    {
        var client = await AcceptAsync(Path());

        Headers.Abort(Assert.Single(Tally.Live).Id);

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(ConnectionEnd.Aborted, 1);
    }

    [Fact]
    public async Task Stop_WithAConnectionThatWaits_EndsItAfterAMoment()
    {
        await AcceptAsync(Path());

        await StopAsync();

        await EndedAsync(ConnectionEnd.Stopped, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_WithAConnectionThatCannotBeServed_EndsIt(bool byStop)
    {
        var client = await AcceptForAbsentWorkerAsync(Encoding.ASCII.GetBytes(Line), [Rule("127.0.0.0/8")]);

        // The time for the header is over, and the header was there in time.
        Time.Advance(2 * HeaderWaits.Longest);
        await Loop.TurnAsync();
        var live = Assert.Single(Tally.Live);
        Assert.Equal("192.0.2.7:4000", $"{live.Peer}");
        if (byStop)
        {
            await StopAsync();
        }
        else
        {
            Headers.Abort(live.Id);
        }

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(byStop ? ConnectionEnd.Stopped : ConnectionEnd.Aborted, 1);
    }

    private static PeerRule Rule(string network) => new(network, Maps.At(1))
    {
        Network = IPNetwork.Parse(network.Contains('/', StringComparison.Ordinal) ? network : $"{network}/32"),
    };

    private ConnectionPath Path(Admission? admission = null) => ToHandler(admission ?? Maps.Admission, [Rule("127.0.0.0/8")]);

    private async Task<Socket> AcceptAsync(ConnectionPath path)
    {
        var client = await ConnectAsync();
        await ReceiveAsync(path);
        return client;
    }

    /// <summary>Accepts on the loop, as a listener does.</summary>
    private async Task ReceiveAsync(ConnectionPath path)
    {
        var receiving = new Receiving(path);
        Loop.Post(receiving);
        Assert.Equal(AcceptOutcome.HandedOn, await receiving.Outcome.WaitAsync(Patience, Cancel));
    }

    private async Task StopAsync()
    {
        var stopping = Headers.StopAsync();
        while (!stopping.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stopping, Loop.TurnAsync());
        }

        await stopping;
    }

    private async Task RefusedAsync(int count)
    {
        await EndedAsync(ConnectionEnd.Refused, count);
        Assert.Equal(count, Tally.Totals["service"].Reasons["proxy_header"]);
    }

    private sealed class Receiving(ConnectionPath path) : ILoopWork
    {
        private readonly TaskCompletionSource<AcceptOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<AcceptOutcome> Outcome => _outcome.Task;

        public void Run() => _outcome.SetResult(path.Receive(mayWait: true));
    }
}
