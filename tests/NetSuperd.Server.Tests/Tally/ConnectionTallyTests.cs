using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class ConnectionTallyTests : IDisposable
{
    private const int ConnectionStarted = 6001, ConnectionEnded = 6002, ChildStarted = 6003, ChildEnded = 6004, ConnectionRefused = 6005,
        LostChildEnded = 6014, Served = 6007, RefusalsLeftOut = 6008, DatagramRefused = 6010;

    private readonly RecordingLogger _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionTally _tally;

    public ConnectionTallyTests() => _tally = new ConnectionTally(_log, _time);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Record_OfAHandler_HasOneStartAndOneEnd()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("echo", pair.Server);
        Assert.Same(record, Assert.Single(_tally.Live));
        _tally.Start(record);
        record.BytesReceived = 3;
        record.BytesSent = 4;
        _time.Advance(TimeSpan.FromSeconds(1.5));
        _tally.Close(record, ConnectionEnd.Closed);

        Assert.Empty(_tally.Live);
        Assert.Equal([ConnectionStarted, ConnectionEnded], _log.Ids);
        Assert.All(_log.Events, logged => Assert.Equal(LogLevel.Information, logged.Level));
        var (start, end) = (_log.Events[0], _log.Events[1]);
        Assert.Equal(
            (record.Id, "echo", pair.Client.LocalEndPoint, pair.Client.RemoteEndPoint),
            (start["ConnectionId"], start["Service"], start["Peer"], start["Local"]));
        Assert.Equal(
            (record.Id, "closed", 1.5, 3L, 4L), (end["ConnectionId"], end["End"], end["Elapsed"], end["BytesReceived"], end["BytesSent"]));
    }

    [Fact]
    public void Failures_ThatAreLeftOut_HaveTheNameOfTheirService()
    {
        var datagrams = _tally.Datagrams(_tally.Use("lookup"));
        for (var count = 0; count < 12; count++)
        {
            datagrams.Lose(() => (null, new IPEndPoint(IPAddress.Loopback, 7)));
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        _tally.TellLeftOut();

        var leftOut = Assert.Single(_log.Events, logged => logged.Id == RefusalsLeftOut);
        Assert.Equal(("lookup", 2L), (leftOut["Service"], leftOut["LeftOut"]));
    }

    [Fact]
    public async Task Record_OfAChild_HasItsPidDetailAndTime()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("cat", pair.Server);
        record.Pid = 4711;
        _tally.Start(record);
        record.Usage = new ChildEnd(null, 9, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(125), 300L << 10);
        _tally.Close(record, ConnectionEnd.Killed, "by signal SIGKILL");

        Assert.Equal([ChildStarted, ChildEnded], _log.Ids);
        var end = _log.Events[1];
        Assert.Equal((4711, "killed", "by signal SIGKILL"), (end["Pid"], end["End"], end["Detail"]));
        Assert.Equal((0.25, 0.125, 300L), (end["UserTime"], end["SystemTime"], end["PeakMemory"]));
        Assert.Equal(4711, _log.Events[0]["Pid"]);
    }

    [Fact]
    public async Task Record_OfAChildWithAnUnknownEnd_HasNoUsage()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("cat", pair.Server);
        record.Pid = 4711;
        _tally.Close(record, ConnectionEnd.Exited, "with an unknown status");

        Assert.Equal([LostChildEnded], _log.Ids);
        Assert.Equal("with an unknown status", _log.Events[0]["Detail"]);
    }

    [Theory]
    [InlineData(LoggedConnections.All, new[] { ConnectionStarted, ConnectionEnded, ConnectionStarted, ChildEnded, ConnectionRefused })]
    [InlineData(LoggedConnections.Refusals, new[] { ChildEnded, ConnectionRefused })]
    [InlineData(LoggedConnections.None, new int[] { })]
    public async Task Lines_OfAService_AreWhatItsMapWants(LoggedConnections wanted, int[] ids)
    {
        using var pair = await SocketPair.TcpAsync();
        var use = _tally.Use("echo");
        use.Log.Wanted = use.Log.Wanted with { Names = wanted };
        var served = _tally.Open("echo", pair.Server);
        var killed = _tally.Open("echo", pair.Server);

        // A connection keeps what it began with.
        use.Log.Wanted = use.Log.Wanted with { Names = LoggedConnections.All };
        _tally.Start(served);
        _tally.Close(served, ConnectionEnd.Closed);
        _tally.Start(killed);
        (killed.Pid, killed.Usage) = (4711, new ChildEnd(null, 9, default, default, 0));
        _tally.Close(killed, ConnectionEnd.Killed);
        use.Log.Wanted = use.Log.Wanted with { Names = wanted };
        _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Refused, "address");
        _tally.Datagrams(use).Refuse("address", () => (null, new IPEndPoint(IPAddress.Loopback, 7)));

        Assert.Equal(wanted == LoggedConnections.None ? ids : [.. ids, DatagramRefused], _log.Ids);
        Assert.Equal((1L, 1L, 1L), (use.Totals[ConnectionEnd.Closed], use.Totals[ConnectionEnd.Killed], use.Totals[ConnectionEnd.Refused]));
        Assert.Equal(1, use.Totals.Reasons["address"]);
    }

    [Theory]
    [InlineData(LogFacts.Default, "killed by signal 9 after 1.500 s, 0.250 s user, 0.125 s system, peak 300 KiB", ", child 4711")]
    [InlineData(LogFacts.None, "killed", "")]
    [InlineData(LogFacts.Local | LogFacts.Exit | LogFacts.Memory, "killed by signal 9, peak 300 KiB", " to LOCAL")]
    [InlineData(LogFacts.Pid | LogFacts.Duration | LogFacts.Cpu, "killed after 1.500 s, 0.250 s user, 0.125 s system", ", child 4711")]
    public async Task End_OfAChild_HasTheFactsThatItsMapWants(LogFacts facts, string end, string process)
    {
        using var pair = await SocketPair.TcpAsync();
        var use = _tally.Use("cat");
        use.Log.Wanted = use.Log.Wanted with { Facts = facts };
        var record = _tally.Open("cat", pair.Server);
        record.Pid = 4711;
        record.Usage = new ChildEnd(null, 9, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(125), 300L << 10);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        _tally.Close(record, ConnectionEnd.Killed, "by signal 9");

        Assert.Equal(
            $"Connection 1 of cat from {record.Peer}{process.Replace("LOCAL", $"{record.Local}", StringComparison.Ordinal)} {end}",
            _log.Events[0]["Text"]);
    }

    [Fact]
    public async Task End_OfAHandler_HasTheFactsThatItsMapWants()
    {
        using var pair = await SocketPair.TcpAsync();
        var use = _tally.Use("echo");
        foreach (var (facts, line) in new[]
        {
            (LogFacts.Default, "closed after 0.000 s, received 3, sent 0"), (LogFacts.Bytes, "closed, received 3, sent 0"),
            (LogFacts.Pid | LogFacts.Memory, "closed"),
        })
        {
            use.Log.Wanted = use.Log.Wanted with { Facts = facts };
            var record = _tally.Open("echo", pair.Server);
            record.BytesReceived = 3;
            _tally.Close(record, ConnectionEnd.Closed);
            Assert.Equal($"Connection {record.Id} of echo from {record.Peer} {line}", _log.Events[^1]["Text"]);
        }
    }

    [Fact]
    public void Record_OfASharedSocket_HasAPeerOnlyWhereOneIsKnown()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var sender = new IPEndPoint(IPAddress.Loopback, 4711);

        Assert.Equal(
            ("UDP", sender), (_tally.OpenShared("tftp", socket, sender).Protocol, _tally.OpenShared("tftp", socket, sender).PeerName));
        Assert.Equal("any", _tally.OpenShared("tftp", socket, null).PeerName);
    }

    [Fact]
    public async Task Sum_OfEachService_IsOneLineOfWhatIsNotZero()
    {
        using var pair = await SocketPair.TcpAsync();
        for (var i = 0; i < 3; i++)
        {
            _tally.Close(_tally.Open("cat", pair.Server), ConnectionEnd.Unspawned, "exec: gone", i < 2 ? "exec ENOENT" : "spawn EAGAIN");
        }

        _tally.Close(_tally.Open("cat", pair.Server), ConnectionEnd.Exited);
        _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Closed);
        _tally.LogTotals();

        Assert.Equal(
            [("cat", "exited 1, unspawned 3 (exec ENOENT 2, spawn EAGAIN 1)"), ("echo", "closed 1")],
            _log.Of(Served).Select(logged => ((string)logged["Service"]!, (string)logged["Totals"]!)));
        Assert.Equal(3, _tally.Totals["cat"][ConnectionEnd.Unspawned]);
        Assert.Equal(2, _tally.Totals["cat"].Reasons["exec ENOENT"]);
    }

    [Fact]
    public async Task Record_OfARefusal_HasOneLineWithTheWord()
    {
        using var pair = await SocketPair.TcpAsync();
        _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Refused, "draining");

        Assert.Equal([ConnectionRefused], _log.Ids);
        Assert.Equal("draining", _log.Events[0]["Reason"]);
        Assert.Empty(_tally.Live);
    }

    [Fact]
    public async Task Close_EveryEnd_HasItsWordInSmallLetters()
    {
        using var pair = await SocketPair.TcpAsync();
        foreach (var end in Enum.GetValues<ConnectionEnd>().Except([ConnectionEnd.Refused]))
        {
            _tally.Close(_tally.Open("echo", pair.Server), end);
        }

        Assert.Equal(
            [
                "closed", "reset", "aborted", "failed", "stopped", "exited", "killed", "unspawned", "timeout", "worker_lost",
                "unreachable", "target_reset", "tls_failed", "replaced",
            ],
            _log.Of(ConnectionEnded).Select(logged => logged["End"]));
    }

    [Fact]
    public async Task Totals_OfAService_HaveTheTimesAndBytesOfWhatWasServed()
    {
        using var pair = await SocketPair.TcpAsync();
        var (served, refused) = (_tally.Open("echo", pair.Server), _tally.Open("echo", pair.Server));
        (served.BytesReceived, served.BytesSent) = (3, 4);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        _tally.Begin(served);
        _tally.Close(refused, ConnectionEnd.Refused, "rate", "rate");
        var totals = _tally.Totals["echo"];
        Assert.Equal((2, 1), (totals.Accepted, totals.Live));
        _time.Advance(TimeSpan.FromSeconds(2));
        _tally.Close(served, ConnectionEnd.Closed);

        Assert.Equal((2, 0, 3, 4), (totals.Accepted, totals.Live, totals.Received, totals.Sent));
        Assert.Equal(0.002, totals.Start.Counts!.SumSeconds);
        Assert.Equal(2.002, totals.Duration.Counts!.SumSeconds);
        Assert.Equal(1, totals.Duration.Counts.Counts.Sum());
    }

    [Fact]
    public async Task Open_ConnectionsOfOneClient_AreApart()
    {
        using var one = await SocketPair.TcpAsync();
        using var other = await SocketPair.TcpAsync();

        Assert.NotEqual(_tally.Open("echo", one.Server).Id, _tally.Open("echo", other.Server).Id);
        Assert.Equal(2, _tally.Live.Count);
    }

    [Fact]
    public async Task Open_AUnixClient_IsNamedByItsUserAndProcess()
    {
        using var pair = await SocketPair.UnixAsync();
        var record = _tally.Open("echo", pair.Server);

        Assert.Equal(Environment.ProcessId, record.Credentials!.Value.Pid);
        Assert.EndsWith(
            string.Create(CultureInfo.InvariantCulture, $" pid:{Environment.ProcessId}"), (string)record.PeerName,
            StringComparison.Ordinal);
    }
}
