using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class EventFeedTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly EventFeed _feed = new();
    private readonly EventLogger _logger;
    private readonly ConnectionTally _tally;

    public EventFeedTests()
    {
        _logger = new EventLogger(_log, _feed);
        _tally = new ConnectionTally(_logger, new FakeTimeProvider());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Readers_WithoutAnyLimitOfTheLog_GetEveryConnection()
    {
        using var pair = await SocketPair.TcpAsync();
        using var reader = _feed.Open(null);
        var record = _tally.Open("echo", pair.Server);
        record.IsLogged = false;
        _tally.Start(record);
        _tally.Close(record, ConnectionEnd.Closed);
        for (var count = 0; count < 20; count++)
        {
            _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Refused, "rate", "rate");
        }

        var events = Taken(reader);
        Assert.Equal(["start", "end"], events.Take(2).Select(happened => happened.Name));
        Assert.Equal("closed", events[1].End);
        Assert.Equal(20, events.Count(happened => happened is { Name: "refused", Reason: "rate" }));
    }

    [Fact]
    public async Task ReaderOfChanges_GetsRefusalsAndNoServedConnections()
    {
        using var pair = await SocketPair.TcpAsync();
        using var changes = _feed.Open(null, onlyChanges: true);
        Assert.False(_feed.ReadsConnections);
        using var all = _feed.Open(null);
        var record = _tally.Open("echo", pair.Server);
        _tally.Start(record);
        _tally.Close(record, ConnectionEnd.Closed);
        _tally.Close(_tally.Open("echo", pair.Server), ConnectionEnd.Refused, "rate", "rate");

        Assert.Equal(["refused"], Taken(changes).Select(happened => happened.Name));
        Assert.Equal(["start", "end", "refused"], Taken(all).Select(happened => happened.Name));
    }

    [Fact]
    public async Task SlowReader_LosesTheOldest_AndLearnsHowMany()
    {
        using var slow = _feed.Open("echo");
        using var other = _feed.Open("cat");
        for (var count = 0; count < EventReader.MostWaiting + 10; count++)
        {
            _feed.Publish(new ServerEvent($"{count}", default) { Service = "echo" });
        }

        Assert.Equal(10, slow.TakeLost());
        Assert.Equal(0, slow.TakeLost());
        Assert.Equal("10", slow.Take()!.Name);
        Assert.Null(other.Take());
        _feed.Complete();
        Assert.True(await slow.WaitAsync(Cancel));
        Assert.False(await other.WaitAsync(Cancel));
        Assert.Equal(EventReader.MostWaiting - 1, Taken(slow).Count);
        Assert.False(await slow.WaitAsync(Cancel));
    }

    [Fact]
    public void Log_BelowItsLevel_ReachesReadersAlone()
    {
        var quiet = new EventLogger(new Quiet(), _feed);
        Assert.False(quiet.IsEnabled(LogLevel.Information));
        using (var reader = _feed.Open(null))
        {
            quiet.Paused("echo");
            quiet.Served("echo", "closed 1");
            var told = Assert.Single(Taken(reader));
            Assert.Equal(("paused", "echo", "info"), (told.Name, told.Service, told.Level));
            Assert.Contains("Paused echo", told.Message, StringComparison.Ordinal);
        }

        Assert.False(_feed.IsRead);
        Assert.False(quiet.IsEnabled(LogLevel.Information));
    }

    private static List<ServerEvent> Taken(EventReader reader)
    {
        var events = new List<ServerEvent>();
        while (reader.Take() is { } happened)
        {
            events.Add(happened);
        }

        return events;
    }

    /// <summary>A log of no level.</summary>
    private sealed class Quiet : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => false;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Assert.Fail("the log takes nothing");
    }
}
