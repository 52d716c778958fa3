using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class TokenBucketTests
{
    // 50 a second, 100 at once, in nanoseconds.
    private static readonly Pace Pace = new(20_000_000, 100 * 20_000_000L);

    [Fact]
    public void TryTake_ANewBucket_HasTheBurstAndThenTheRate()
    {
        var bucket = new TokenBucket();
        var now = 1_000L;

        Assert.Equal(100, Enumerable.Range(0, 500).Count(_ => bucket.TryTake(Pace, now)));
        Assert.Equal((0, Pace.Interval), (bucket.Tokens(Pace, now), bucket.Wait(Pace, now)));

        now += 1_000_000_000;
        Assert.Equal(50, Enumerable.Range(0, 500).Count(_ => bucket.TryTake(Pace, now)));
        now += 3600 * 1_000_000_000L;
        Assert.Equal((100, 0L), (bucket.Tokens(Pace, now), bucket.Missing(now)));
    }

    [Fact]
    public void Wait_AnEmptyBucket_IsExactToTheNanosecond()
    {
        var bucket = new TokenBucket();
        while (bucket.TryTake(Pace, 0))
        {
        }

        var wait = bucket.Wait(Pace, 5);
        Assert.False(bucket.TryTake(Pace, 5 + wait - 1));
        Assert.True(bucket.TryTake(Pace, 5 + wait));
    }

    [Fact]
    public void GiveBack_ATokenThatWasTaken_IsThereAgain()
    {
        var bucket = new TokenBucket();
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(bucket.TryTake(Pace, 0));
            bucket.GiveBack(Pace);
        }

        Assert.Equal(100, bucket.Tokens(Pace, 0));
    }

    [Fact]
    public void Apply_ASmallerBucket_IsNotEmptyForLongerThanItTakesToFill()
    {
        var bucket = new TokenBucket();
        var hourly = Pace.Of(new Rate(1, TimeSpan.FromHours(1), 10), TimeProvider.System);
        while (bucket.TryTake(hourly, 0))
        {
        }

        bucket.Apply(Pace, 0);

        Assert.Equal(Pace.Interval, bucket.Wait(Pace, 0));
    }

    [Fact]
    public void TryTake_AtAnyTimes_NeverGivesMoreThanBurstAndRate() => Gen.Select(
        Gen.Int[1, 1000], Gen.Int[1, 50], Gen.Long[0, 5_000_000].Array[1, 300]).Sample((count, burst, steps) =>
    {
        var pace = Pace.Of(new Rate(count, TimeSpan.FromSeconds(1), burst), TimeProvider.System);
        var (bucket, now, taken) = (new TokenBucket(), 1L, 0L);
        foreach (var step in steps)
        {
            now += step;
            taken += bucket.TryTake(pace, now) ? 1 : 0;
            Assert.InRange(taken, 0, burst + ((now - 1) / pace.Interval));
            Assert.Equal(bucket.Tokens(pace, now) > 0, bucket.Wait(pace, now) == 0);
        }
    });
}
