using NetSuperd.Server.Tally;
using NetSuperd.Web;

namespace NetSuperd.Tests.Web;

public sealed class HistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly History _history = new();

    [Fact]
    public void Sample_HasWhatHasHappenedSinceTheOneBefore()
    {
        Assert.Null(_history.Close(Status(10, 3, 5), Start));

        var sample = _history.Close(Status(25, 4, 7), Start + History.Interval)!;

        Assert.Equal((15L, 1L, 2L), (sample.Accepted, sample.Refused["rate"], sample.Ended["closed"]));
        Assert.Same(sample, Assert.Single(_history.Samples));
    }

    [Fact]
    public void Sample_OfAnInterval_HasTheQuantilesOfItsHistograms()
    {
        _history.Close(Status(0, 0, 0) with { Bounds = HistogramBounds.Own }, Start);
        var counts = new long[HistogramBounds.Own.Start.Count + 1];
        (counts[0], counts[4]) = (90, 10);
        var now = Status(100, 0, 0) with { Bounds = HistogramBounds.Own };
        now = now with { Services = [now.Services[0] with { Start = new HistogramCounts(counts, 1) }] };

        var sample = _history.Close(now, Start + History.Interval)!;

        // 50 of 90 on the way to 0.1 ms, and 5 of 10 on the way from 1 to 2.5 ms.
        Assert.Equal(0.1 * 50 / 90, sample.Start!.P50, 6);
        Assert.Equal(1.75, sample.Start.P95, 6);
        Assert.Null(sample.Duration);
    }

    [Fact]
    public void Counters_OfAnotherProcess_AreNotCompared()
    {
        _history.Close(Status(10, 3, 5), Start);

        Assert.Null(_history.Close(Status(1, 0, 0) with { Pid = 2 }, Start + History.Interval));
        Assert.NotNull(_history.Close(Status(2, 0, 0) with { Pid = 2 }, Start + (2 * History.Interval)));
    }

    [Fact]
    public void Marks_TellReloadsRestartsAndAbsence()
    {
        var status = Status(0, 0, 0);
        Assert.Null(_history.Note(status, Start));
        Assert.Null(_history.Note(status, Start));
        Assert.Equal("reload", _history.Note(status with { Applied = Start.AddSeconds(1) }, Start)!.Kind);
        Assert.Equal("restart", _history.Note(status with { Pid = 2 }, Start)!.Kind);
        Assert.Equal("down", _history.Note(null, Start)!.Kind);
        Assert.Null(_history.Note(null, Start));
        Assert.Equal("up", _history.Note(status with { Pid = 2 }, Start)!.Kind);
        Assert.Equal("restart", _history.Note(status with { Pid = 3 }, Start)!.Kind);
        Assert.Equal(["reload", "restart", "down", "up", "restart"], _history.Marks.Select(mark => mark.Kind));
    }

    [Fact]
    public void Samples_OlderThanAQuarterOfAnHour_AreForgotten()
    {
        for (var i = 0; i < 300; i++)
        {
            _history.Close(Status(i, 0, 0), Start + (i * History.Interval));
        }

        Assert.InRange(_history.Samples.Count, 180, 181);
        Assert.True(_history.Samples[0].At < _history.Samples[^1].At);
    }

    private static DaemonStatus Status(long accepted, long refused, long closed) => new(
        1, Start, Start, null, 2,
        [
            new ServiceStatus(
                "echo", "handler", "serving", null, Start, 2,
                new Dictionary<string, long> { ["closed"] = closed }, new Dictionary<string, long> { ["rate"] = refused }, [])
            {
                Accepted = accepted,
            },
        ],
        [], null, []);
}
