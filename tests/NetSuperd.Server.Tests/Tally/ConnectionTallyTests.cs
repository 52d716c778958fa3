using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class ConnectionTallyTests : IDisposable
{
    private const int ConnectionStarted = 6001, ConnectionEnded = 6002, ChildStarted = 6003, ChildEnded = 6004, ConnectionRefused = 6005;

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

        Assert.True(_tally.IsEmpty);
        Assert.Equal([ConnectionStarted, ConnectionEnded], _log.Ids);
        Assert.All(_log.Events, logged => Assert.Equal(LogLevel.Information, logged.Level));
        var (start, end) = (_log.Events[0], _log.Events[1]);
        Assert.Equal((record.Id, "echo", pair.Client.LocalEndPoint, pair.Client.RemoteEndPoint), (start["ConnectionId"], start["Service"], start["Peer"], start["Local"]));
        Assert.Equal((record.Id, "closed", 1.5, 3L, 4L), (end["ConnectionId"], end["End"], end["Elapsed"], end["BytesReceived"], end["BytesSent"]));
    }

    [Fact]
    public async Task Record_OfAChild_HasItsPidDetailAndTime()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("cat", pair.Server);
        record.Pid = 4711;
        _tally.Start(record);
        record.CpuTime = TimeSpan.FromMilliseconds(250);
        _tally.Close(record, ConnectionEnd.Killed, "by signal SIGKILL");

        Assert.Equal([ChildStarted, ChildEnded], _log.Ids);
        Assert.Equal((4711, "killed", "by signal SIGKILL", 0.25), (_log.Events[1]["Pid"], _log.Events[1]["End"], _log.Events[1]["Detail"], _log.Events[1]["CpuTime"]));
        Assert.Equal(4711, _log.Events[0]["Pid"]);
    }

    [Fact]
    public async Task Record_OfARefusal_HasOneLineWithTheWord()
    {
        using var pair = await SocketPair.TcpAsync();
        _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Refused, "draining");

        Assert.Equal([ConnectionRefused], _log.Ids);
        Assert.Equal("draining", _log.Events[0]["Reason"]);
        Assert.True(_tally.IsEmpty);
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
            ["closed", "reset", "aborted", "failed", "stopped", "exited", "killed", "unspawned"],
            _log.Of(ConnectionEnded).Select(logged => logged["End"]));
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
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $" pid:{Environment.ProcessId}"), (string)record.PeerName, StringComparison.Ordinal);
    }
}
