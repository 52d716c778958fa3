using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Tally;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests.Workers;

/// <summary>What a worker logs is about its own handlers, whatever it sends.</summary>
public sealed class WorkerLogTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly ConnectionTally _tally;
    private readonly WorkerLog _worker;

    public WorkerLogTests()
    {
        _tally = new ConnectionTally(_log, new FakeTimeProvider());
        _worker = new WorkerLog(_log, _tally);
    }

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(true, 4001, 4001)]
    [InlineData(true, 1, 0)]
    [InlineData(true, 6002, 0)]
    [InlineData(false, 4001, 0)]
    public void Event_OfAWorker_HasANumberOfTheDaemonOnlyAboutHandlers(bool isOwn, int id, int logged)
    {
        var values = new Dictionary<string, object?> { ["Service"] = "other", ["ConnectionId"] = 99L, ["Word"] = "w", ["@Service"] = "x" };

        var form = new LogForm("other", 99, 3, isOwn, id, "Name", "text", values, null);

        _worker.Write(_tally.Use("mine"), "worker:x", new LineBudget(TimeProvider.System), form, connection: null);

        var written = Assert.Single(_log.Events);
        Assert.Equal((LogLevel.Warning, logged), (written.Level, written.Id));
        var template = logged == 0 ? "text" : "The handler of {Service} failed on connection {ConnectionId} from {Peer}";
        Assert.Equal(template, written["{OriginalFormat}"]);
        Assert.Equal(("mine", "worker:x", "w"), (written["Service"], written["Worker"], written["Word"]));
        Assert.DoesNotContain("ConnectionId", written.Values.Keys);
        Assert.DoesNotContain("@Service", written.Values.Keys);

        _worker.Write(_tally.Use("mine"), "worker:x", new LineBudget(TimeProvider.System), form, connection: 5);
        Assert.Equal(5L, _log.Events[^1]["ConnectionId"]);
    }

    [Theory]
    [InlineData(true, 30)]
    [InlineData(false, 10)]
    public void Events_OfAConnection_AreSampledWhereTheLogLeavesItOut(bool isLogged, int written)
    {
        var end = new IPEndPoint(IPAddress.Loopback, 1);
        var record = _tally.Open(_tally.Use("mine"), "TCP", end, end, new CancellationTokenSource());
        record.IsLogged = isLogged;
        var lines = new LineBudget(TimeProvider.System);
        var values = new Dictionary<string, object?>();
        var form = new LogForm("mine", record.Id, (int)LogLevel.Information, true, 4015, "TlsFailed", "text", values, null);

        for (var i = 0; i < 30; i++)
        {
            _worker.Write(_tally.Use("mine"), "worker:x", lines, form, record.Id);
        }

        Assert.Equal(written, _log.Events.Count(found => found.Id == 4015));
    }
}
