using NetSuperd.Builtins;
using NetSuperd.Native;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Serve;

namespace NetSuperd.Server.Tests;

/// <summary>How often the daemon looks at connections that have a time, and what becomes of those that have lasted too long.</summary>
public sealed class TimeLimitsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly ConnectionTally _tally;
    private readonly EventLoop _loop;
    private readonly HandlerRunner _runner;
    private readonly Spawner _spawner;
    private readonly TimeLimits _limits;

    public TimeLimitsTests()
    {
        _tally = new ConnectionTally(_log, _time);
        _loop = new EventLoop("test", _log.LoopFailed, _time);
        _runner = new HandlerRunner(_tally, _loop, _log, _time);
        _spawner = new Spawner(_loop, _tally, _log, _time);
        _limits = new TimeLimits(_runner, _spawner, _log, _time);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _limits.DisposeAsync();
        _spawner.Dispose();
        _runner.Dispose();
        _loop.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(1_000, 100)]
    [InlineData(500, 50)]
    [InlineData(20, 10)]
    [InlineData(3_600_000, 1_000)]
    public void Watch_AMapWithATime_LooksTenTimesInItWithinBounds(int shortest, int pause)
    {
        Watch(shortest, 3_600_000);

        Assert.Equal(TimeSpan.FromMilliseconds(pause), _limits.Pause);
    }

    [Fact]
    public void Watch_ALaterMapWithLongerTimesOrNone_LooksAsOftenAsBefore()
    {
        Watch(500);
        Watch(800);
        Assert.Equal(TimeSpan.FromMilliseconds(50), _limits.Pause);
        Watch([null]);
        Assert.Equal(TimeSpan.FromMilliseconds(50), _limits.Pause);
        Watch(200);
        Assert.Equal(TimeSpan.FromMilliseconds(20), _limits.Pause);
    }

    [Fact]
    public async Task Watch_AConnectionThatLastsTooLong_IsEnded()
    {
        using var pair = await SocketPair.TcpAsync();
        var record = _tally.Open("test", pair.Server);
        var handler = _tally.Handler(
            "test", new Delegated((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
        _runner.Start(handler, pair.Server, record, Maps.Admission with { MaxDuration = TimeSpan.FromSeconds(1) });

        Watch(1_000);
        for (var looks = 0; record.TimedOutBy is null; looks++)
        {
            Assert.InRange(looks, 0, 1000);
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal("max_duration", record.TimedOutBy);
        Assert.Equal("", await pair.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TimeOut_AClientThatIsAnswered_CountsFromItsLastByte(bool isBuiltin)
    {
        using var pair = await SocketPair.UnixAsync();
        var record = _tally.Open("test", pair.Server);
        _runner.Start(
            _tally.Handler("test", new EchoHandler(), isBuiltin), pair.Server, record,
            Maps.Admission with { IdleTimeout = TimeSpan.FromSeconds(10) });

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(8));
            await pair.SendAsync("x"u8.ToArray());
            Assert.Equal(1, await pair.Client.ReceiveAsync(new byte[1]).WaitAsync(Patience, TestContext.Current.CancellationToken));
            _runner.TimeOut();
            Assert.Null(record.TimedOutBy);
        }

        _time.Advance(TimeSpan.FromSeconds(11));
        _runner.TimeOut();
        Assert.Equal("idle_timeout", record.TimedOutBy);
        Assert.Equal("", await pair.ReceiveTextAsync());
    }

    private void Watch(params int?[] times) => _limits.Watch(Maps.OfServices([.. times.Select((time, i) => Maps.Handler($"it{i}") with
    {
        Admission = Maps.Admission with { MaxDuration = time is { } some ? TimeSpan.FromMilliseconds(some) : null },
    })]));
}
