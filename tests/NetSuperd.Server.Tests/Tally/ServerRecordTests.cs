using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class ServerRecordTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServerRecord _record;

    public ServerRecordTests() => _record = new ServerRecord(_time);

    [Fact]
    public void NextPause_OfAServerThatKeepsEnding_DoublesUpToAMinute()
    {
        var pauses = Enumerable.Range(0, 12).Select(_ => Fail(TimeSpan.FromSeconds(1)).TotalSeconds);

        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60], pauses);
    }

    [Fact]
    public void NextPause_AfterAMinute_IsShortAgain()
    {
        Fail(TimeSpan.FromSeconds(59));
        Assert.Equal(TimeSpan.FromSeconds(0.2), Fail(TimeSpan.FromSeconds(59)));

        Assert.Equal(TimeSpan.FromSeconds(0.1), Fail(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Define_AnotherDefinition_ForgetsThePauseAndTheEnd()
    {
        Assert.False(_record.Define("one"));
        Fail(TimeSpan.Zero);
        Fail(TimeSpan.Zero);
        _record.Close();
        Assert.False(_record.Define("one"));
        Assert.Equal(ServiceState.Ended, _record.State);

        Assert.True(_record.Define("two"));

        Assert.Null(_record.Failed);
        Assert.Equal(ServiceState.Starting, _record.State);
        Assert.Equal(TimeSpan.FromSeconds(0.1), Fail(TimeSpan.Zero));
    }

    [Fact]
    public void Take_OfAHistory_ContinuesIt()
    {
        _record.Define("one");
        Fail(TimeSpan.Zero);
        Fail(TimeSpan.Zero);
        var next = new ServerRecord(_time);

        next.Take(_record.History()!, pid: null);

        Assert.True(next.Failed);
        Assert.Equal(TimeSpan.FromSeconds(0.4), next.NextPause());
        Assert.Equal(_record.Status(), next.Status());
        Assert.Equal(_record.History()! with { Pause = TimeSpan.FromSeconds(0.4) }, next.History());
    }

    [Fact]
    public void Take_OfAServerThatRuns_CountsTheTimeThatItHasRun()
    {
        _record.Define("one");
        Fail(TimeSpan.Zero);
        Begin();
        _time.Advance(TimeSpan.FromSeconds(50));
        var next = new ServerRecord(_time);
        next.Take(_record.History()!, pid: 7);
        Assert.Equal((ServiceState.Serving, 7, 1L), (next.State, next.Pid, next.Status().Restarts));
        _time.Advance(TimeSpan.FromSeconds(10));

        next.End(run: null, "exited with status 1", failed: true);

        Assert.Equal(TimeSpan.FromSeconds(0.1), next.NextPause());
        Assert.Null(next.Pid);
    }

    private TimeSpan Fail(TimeSpan after)
    {
        Begin();
        _time.Advance(after);
        _record.End(_record.Run, "exited with status 1", failed: true);
        Assert.True(_record.Failed);
        return _record.NextPause();
    }

    private void Begin()
    {
        var tally = new ConnectionTally(NullLogger.Instance, _time);
        var run = tally.OpenServer(tally.Use("it"), new CancellationTokenSource());
        run.Pid = 3;
        _record.Begin(run, isReady: true);
    }
}
