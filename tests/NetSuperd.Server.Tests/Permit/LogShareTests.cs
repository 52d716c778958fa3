using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Permit;

public sealed class LogShareTests : IDisposable
{
    private const int Started = 6001, Ended = 6002, UsedUp = 6011, LeftOut = 6012, OthersLeftOut = 6013;
    private static readonly Rate TwoConnections = new(2, TimeSpan.FromSeconds(1), 4);

    private readonly RecordingLogger _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConnectionTally _tally;
    private readonly LogShare _share;

    public LogShareTests()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tally = new ConnectionTally(_log, _time);
        _share = new LogShare(_tally, _time);
        _share.Apply(TwoConnections);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Judge_ASourceThatHasUsedItUp_LeavesOutWholeConnections()
    {
        for (var i = 0; i < 10; i++)
        {
            Serve("192.0.2.1");
        }

        Assert.Equal([Started, Ended, Started, Ended, UsedUp], _log.Ids);
        Assert.Equal(10, _tally.Totals["echo"][ConnectionEnd.Closed]);

        // A line comes every half second, and a connection takes two.
        _time.Advance(TimeSpan.FromSeconds(1));
        Serve("192.0.2.1");
        Assert.Equal([Started, Ended], _log.Ids.TakeLast(2));
    }

    [Fact]
    public void Judge_OtherSources_HaveAShareOfTheirOwn()
    {
        foreach (var peer in (string[])["192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "2001:db8:0:2::1", "127.0.0.1"])
        {
            Serve(peer);
            Serve(peer);
        }

        Assert.Empty(_log.Of(UsedUp));
        Serve("2001:db8:0:1::2");
        Assert.Equal(IPAddress.Parse("2001:db8:0:1::"), Assert.Single(_log.Of(UsedUp))["Peer"]);
    }

    [Theory]
    [InlineData("127.0.0.", "127.0.1.1", "192.0.2.1")]
    [InlineData("192.0.2.", "192.0.2.250", "192.0.3.1")]
    [InlineData("2001:db8:1:{0}::1", "2001:db8:1:ffff::1", "2001:db8:2::1")]
    public void Judge_ManySourcesOfANetwork_HaveTheShareOfFourSources(string pattern, string neighbour, string stranger)
    {
        // Each has room for two connections, and the network for eight.
        for (var i = 1; i <= 100; i++)
        {
            Serve(pattern.Contains("{0}", StringComparison.Ordinal)
                ? pattern.Replace("{0}", $"{i}", StringComparison.Ordinal)
                : $"{pattern}{i}");
        }

        Assert.Equal(8, _log.Of(Started).Count);
        var network = pattern switch
        {
            "127.0.0." => (object)"loopback",
            "192.0.2." => IPAddress.Parse("192.0.2.0"),
            _ => IPAddress.Parse("2001:db8:1::"),
        };
        Assert.Equal(network, Assert.Single(_log.Of(UsedUp))["Peer"]);

        Serve(neighbour);
        Serve(stranger);
        Assert.Equal(9, _log.Of(Started).Count);
        Assert.Equal(stranger, ((IPEndPoint)_log.Of(Started)[^1]["Peer"]!).Address.ToString());
    }

    [Fact]
    public void Judge_ANetworkThatRefuses_TakesNothingOfTheSource()
    {
        // Four sources have what the network has, and a fifth asks in vain as often as it likes.
        foreach (var peer in (string[])["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])
        {
            Serve(peer);
            Serve(peer);
        }

        for (var i = 0; i < 50; i++)
        {
            Serve("192.0.2.5");
        }

        Assert.Equal(8, _log.Of(Started).Count);

        // The network gets four lines in half a second, and the source still has its four.
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Serve("192.0.2.5");
        Serve("192.0.2.5");
        Assert.Equal(10, _log.Of(Started).Count);
    }

    [Fact]
    public void Judge_ASourceThatHasUsedUpItsShare_LeavesItsNeighboursTheirs()
    {
        for (var i = 0; i < 1000; i++)
        {
            Serve("192.0.2.1");
        }

        Serve("192.0.2.2");
        Serve("192.0.2.2");
        Assert.Equal(4, _log.Of(Started).Count);
    }

    [Fact]
    public void Tell_LinesLeftOut_AreReportedEveryTenSecondsAndAtTheEnd()
    {
        for (var i = 0; i < 7; i++)
        {
            Serve("192.0.2.1");
        }

        _tally.TellLeftOut();
        Assert.Empty(_log.Of(LeftOut));
        _time.Advance(TimeSpan.FromSeconds(10));
        _tally.TellLeftOut();
        var told = Assert.Single(_log.Of(LeftOut));
        Assert.Equal((5L, "echo", IPAddress.Parse("192.0.2.1"), 10.0), (told["LeftOut"], told["Service"], told["Peer"], told["Elapsed"]));

        _time.Advance(TimeSpan.FromSeconds(10));
        _tally.TellLeftOut();
        Assert.Single(_log.Of(LeftOut));
        for (var i = 0; i < 5; i++)
        {
            Serve("192.0.2.1");
        }

        _tally.LogTotals();
        Assert.Equal([5L, 3L], _log.Of(LeftOut).Select(logged => logged["LeftOut"]));
    }

    [Fact]
    public void Tell_MoreSourcesThanAreNamed_AreCountedTogether()
    {
        for (var i = 0; i < 150; i++)
        {
            Serve($"10.0.{i}.1");
            Serve($"10.0.{i}.1");
            Serve($"10.0.{i}.1");
        }

        _tally.LogTotals();

        Assert.Equal((100, 100), (_log.Of(UsedUp).Count, _log.Of(LeftOut).Count));
        Assert.Equal(50L, Assert.Single(_log.Of(OthersLeftOut))["LeftOut"]);
    }

    [Fact]
    public void Judge_ARateOfOneLine_StillNamesAConnection()
    {
        _share.Apply(new Rate(1, TimeSpan.FromHours(1), 1));
        Serve("192.0.2.1");
        Serve("192.0.2.1");

        Assert.Equal([Started, Ended, UsedUp], _log.Ids);
    }

    [Fact]
    public void Apply_Unlimited_NamesAll()
    {
        _share.Apply((Rate?)null);
        for (var i = 0; i < 1000; i++)
        {
            Serve("192.0.2.1");
        }

        Assert.Equal(2000, _log.Ids.Count);
    }

    [Fact]
    public void Judge_ASocketThatAChildShares_IsAlwaysNamed()
    {
        for (var i = 0; i < 10; i++)
        {
            var record = _tally.OpenShared("wait", _socket, null);
            _share.Judge(record);
            Assert.True(record.IsLogged);
        }
    }

    [Fact]
    public void Judge_AServiceWithoutLines_UsesUpNothing()
    {
        var use = _tally.Use("quiet");
        use.Log.Wanted = use.Log.Wanted with { Names = LoggedConnections.None };
        for (var i = 0; i < 10; i++)
        {
            var record = _tally.OpenShared("quiet", _socket, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1));
            _share.Judge(record);
            Assert.False(record.IsLogged);
        }

        Serve("192.0.2.1");
        Assert.Equal([Started, Ended], _log.Ids);
    }

    [Fact]
    public void NamesFailure_OfConnectionsThatAreLeftOut_IsTheFirstTenInASecond()
    {
        for (var i = 0; i < 2; i++)
        {
            Serve("192.0.2.1");
        }

        var named = Enumerable.Range(0, 100).Count(_ => _tally.NamesFailure(Serve("192.0.2.1")));

        Assert.Equal(10, named);
        Assert.True(_tally.NamesFailure(Serve("192.0.2.2")));
    }

    [Fact]
    public void Judge_AContextOfVsock_HasAShareOfItsOwn()
    {
        for (var i = 0; i < 3; i++)
        {
            Serve(new VsockEndPoint(3, 4711));
        }

        Serve(new VsockEndPoint(4, 4711));

        Assert.Equal(new VsockEndPoint(3, 0), Assert.Single(_log.Of(UsedUp))["Peer"]);
        Assert.Equal(new VsockEndPoint(4, 4711), _log.Of(Started)[^1]["Peer"]);
    }

    private ConnectionRecord Serve(string peer) => Serve(new IPEndPoint(IPAddress.Parse(peer), 4711));

    private ConnectionRecord Serve(EndPoint peer)
    {
        var record = _tally.OpenShared("echo", _socket, peer);
        _share.Judge(record);
        _tally.Start(record);
        _tally.Close(record, ConnectionEnd.Closed);
        return record;
    }
}
