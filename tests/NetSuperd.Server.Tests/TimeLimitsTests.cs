using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tests.Serve;

namespace NetSuperd.Server.Tests;

/// <summary>How often the daemon looks at connections that have a time, and what becomes of those that have lasted too long.</summary>
public sealed class TimeLimitsTests : TestedRunner
{
    private readonly WatchedTime _time;
    private readonly Spawner _spawner;
    private readonly TimeLimits _limits;

    public TimeLimitsTests()
        : this(new WatchedTime())
    {
    }

    private TimeLimitsTests(WatchedTime time)
        : base(time)
    {
        _time = time;
        _spawner = new Spawner(Loop, Tally, Log, time);
        _limits = new TimeLimits(Runner, new Processes(_spawner, null!, Loop, ""), Log, time);
    }

    public override async ValueTask DisposeAsync()
    {
        await _limits.DisposeAsync();
        await base.DisposeAsync();
        _spawner.Dispose();
        GC.SuppressFinalize(this);
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
        var pair = await PairAsync();
        var record = Tally.Open("test", pair.Server);
        var handler = Tally.Handler(
            "test", new ScriptedHandler((connection, _) => connection.ReceiveAsync(new byte[1], CancellationToken.None).AsTask()));
        Runner.Start(handler, pair.Server, record, Maps.Admission with { MaxDuration = TimeSpan.FromSeconds(1) });

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
        var pair = await PairAsync(isUnix: true);
        var record = Tally.Open("test", pair.Server);
        Runner.Start(
            Tally.Handler("test", new EchoHandler(), isBuiltin), pair.Server, record,
            Maps.Admission with { IdleTimeout = TimeSpan.FromSeconds(10) });

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(8));
            await pair.SendAsync("x"u8.ToArray());
            Assert.Equal(1, await pair.Client.ReceiveAsync(new byte[1]).WaitAsync(Patience, Cancel));
            Runner.TimeOut();
            Assert.Null(record.TimedOutBy);
        }

        // The client may have its answer before the time of it is noted.
        for (var looks = 0; record.TimedOutBy is null; looks++)
        {
            Assert.InRange(looks, 0, 1000);
            _time.Advance(TimeSpan.FromSeconds(11));
            Runner.TimeOut();
        }

        Assert.Equal("idle_timeout", record.TimedOutBy);
        Assert.Equal("", await pair.ReceiveTextAsync());
    }

    private void Watch(params int?[] times) => _limits.Watch(Maps.OfServices([.. times.Select((time, i) => Maps.Handler($"it{i}") with
    {
        Admission = Maps.Admission with { MaxDuration = time is { } some ? TimeSpan.FromMilliseconds(some) : null },
        Log = LoggedConnections.All,
        LogFields = LogFacts.Default,
    })]));
}
