using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerLoggerTests : IDisposable
{
    private const int HandlerLinesDropped = 4009;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionTally _tally;

    public HandlerLoggerTests() => _tally = new ConnectionTally(_log, _time);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Log_InTheCallOfAConnection_HasServiceAndConnection()
    {
        var logger = new HandlerLogger(_log, _tally.Use("greet").Lines);
        using var one = await SocketPair.TcpAsync();
        using var two = await SocketPair.TcpAsync();
        await Task.WhenAll(ServeAsync(one), ServeAsync(two));
        logger.Log(LogLevel.Information, default, "outside", null, static (text, _) => text);
        new HandlerLogger(_log, _tally.Use("other").Lines).Log(LogLevel.Information, default, "other", null, static (text, _) => text);

        Assert.Equal(6, _log.Events.Count);
        Assert.All(_log.Events.Where(logged => (string)logged["Text"]! is "before" or "after"), logged =>
            Assert.Equal("greet", logged["Service"]));
        Assert.Equal(
            [1L, 1L, 2L, 2L],
            _log.Events.Where(logged => logged.Values.ContainsKey("ConnectionId")).Select(logged => (long)logged["ConnectionId"]!).Order());
        Assert.Equal(
            ["greet", "other"],
            _log.Events.Where(logged => !logged.Values.ContainsKey("ConnectionId")).Select(logged => logged["Service"]));

        async Task ServeAsync(SocketPair pair)
        {
            HandlerLogger.Enter(_tally.Open("greet", pair.Server));
            logger.Log(LogLevel.Information, default, "before", null, static (text, _) => text);
            await Task.Yield();
            logger.Log(LogLevel.Information, default, "after", null, static (text, _) => text);
        }
    }

    [Fact]
    public async Task Log_WithAnOriginOfTheHandlersOwn_HasTheTrueOne()
    {
        var logger = new HandlerLogger(_log, _tally.Use("greet").Lines);
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("greet", pair.Server);
        HandlerLogger.Enter(record);

        KeyValuePair<string, object?>[] told =
            [new("Service", "other"), new("@ConnectionId", 99), new("SourceContext", "NetSuperd"), new("Word", "w")];
        logger.Log(LogLevel.Information, default, told, null, static (_, _) => "");

        var logged = Assert.Single(_log.Events);
        Assert.Equal(("greet", record.Id, "w"), (logged["Service"], logged["ConnectionId"], logged["Word"]));
        Assert.DoesNotContain(logged.Values.Keys, name => name is "@ConnectionId" or "SourceContext");
    }

    [Fact]
    public async Task Log_InAConnectionThatIsLeftOutOfTheLog_IsLogged()
    {
        var logger = new HandlerLogger(_log, _tally.Use("greet").Lines);
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("greet", pair.Server);
        record.IsLogged = false;
        HandlerLogger.Enter(record);
        logger.Log(LogLevel.Information, default, "login failed", null, static (text, _) => text);

        Assert.Equal(record.Id, Assert.Single(_log.Events)["ConnectionId"]);
    }

    [Fact]
    public void Log_AFlood_IsCountedByServiceAndLeftOut()
    {
        var logger = new HandlerLogger(_log, _tally.Use("greet").Lines);
        for (var i = 0; i < LineBudget.Burst + 1000; i++)
        {
            // Another map has another use of the service, and the same budget.
            (i % 2 == 0 ? logger : new HandlerLogger(_log, _tally.Use("greet").Lines)).Log(
                LogLevel.Warning, default, "flood", null, static (text, _) => text);
        }

        Assert.Equal(LineBudget.Burst, _log.Events.Count);
        new HandlerLogger(_log, _tally.Use("other").Lines).Log(LogLevel.Information, default, "other", null, static (text, _) => text);
        Assert.Equal(LineBudget.Burst + 1, _log.Events.Count);

        _tally.TellLeftOut();
        var told = Assert.Single(_log.Of(HandlerLinesDropped));
        Assert.Equal(("greet", 1000L), (told["Service"], told["Dropped"]));

        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < LineBudget.LinesPerSecond + 5; i++)
        {
            logger.Log(LogLevel.Information, default, "again", null, static (text, _) => text);
        }

        _tally.LogTotals();
        Assert.Equal([1000L, 5L], _log.Of(HandlerLinesDropped).Select(logged => logged["Dropped"]));
    }

    [Fact]
    public async Task Log_FromALoopThatOutlivesItsConnection_HasTheServiceOnly()
    {
        var logger = new HandlerLogger(_log, _tally.Use("greet").Lines);
        using var pair = await SocketPair.TcpAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = HandlerLogger.Enter(_tally.Open("greet", pair.Server));
        var loop = LoopAsync();
        call.End();
        ended.SetResult();
        await loop.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal([true, false], _log.Events.Select(logged => logged.Values.ContainsKey("ConnectionId")));
        Assert.All(_log.Events, logged => Assert.Equal("greet", logged["Service"]));

        async Task LoopAsync()
        {
            logger.Log(LogLevel.Information, default, "during", null, static (text, _) => text);
            await ended.Task;
            logger.Log(LogLevel.Information, default, "after", null, static (text, _) => text);
        }
    }
}
