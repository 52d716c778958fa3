using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Tally;

public sealed class HistogramTests
{
    [Fact]
    public void Times_AreInTheFirstBucketWhoseBoundTheyDoNotExceed()
    {
        var histogram = new Histogram([0.1, 1]);
        Assert.Null(histogram.Counts);
        foreach (var milliseconds in (int[])[0, 100, 101, 1000, 1001, 60_000])
        {
            histogram.Count(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.Equal([2, 2, 2], histogram.Counts!.Counts);
        Assert.Equal(62.202, histogram.Counts.SumSeconds, precision: 6);
    }

    [Fact]
    public void Bounds_OfEveryVersion_Rise()
    {
        Assert.Equal(Histogram.DurationBounds.Order(), Histogram.DurationBounds);
        Assert.Equal(Histogram.StartBounds.Order(), Histogram.StartBounds);
    }
}
