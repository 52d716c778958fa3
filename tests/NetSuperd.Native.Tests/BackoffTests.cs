using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Next_AfterEachFailure_IsTwiceAsLongUpToTheLongest()
    {
        var backoff = Milliseconds(first: 10, longest: 100);

        Assert.Equal([10, 20, 40, 80, 100, 100], Enumerable.Range(0, 6).Select(_ => backoff.Next().TotalMilliseconds));
    }

    [Fact]
    public void Next_WhereTheLongestIsADoubling_DoesNotPassIt()
    {
        var backoff = Milliseconds(first: 25, longest: 100);

        Assert.Equal([25, 50, 100, 100], Enumerable.Range(0, 4).Select(_ => backoff.Next().TotalMilliseconds));
    }

    [Fact]
    public void Next_AfterASuccess_IsTheFirstPause()
    {
        var backoff = Milliseconds(first: 10, longest: 100);
        backoff.Next();
        backoff.Next();

        backoff.Reset();

        Assert.False(backoff.HasBegun);
        Assert.Equal(10, backoff.Next().TotalMilliseconds);
    }

    [Fact]
    public void HasBegun_FromTheFirstPause_IsTrue()
    {
        var backoff = Milliseconds(first: 10, longest: 10);
        Assert.False(backoff.HasBegun);

        backoff.Next();

        Assert.True(backoff.HasBegun);
    }

    private static Backoff Milliseconds(int first, int longest) =>
        new(TimeSpan.FromMilliseconds(first), TimeSpan.FromMilliseconds(longest));
}
