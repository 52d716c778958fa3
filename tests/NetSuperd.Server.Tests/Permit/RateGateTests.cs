using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>A service with a rate: clients wait for tokens, and no source keeps them from the others.</summary>
public sealed class RateGateTests : GatesTest
{
    [Fact]
    public async Task Enter_ARateThatIsUsedUp_WaitsUntilTheNextToken()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, Second, 2) });
        await EnterAsync();
        await EnterAsync();
        var third = AdmitAsync();
        await Time.TimerAsync();
        Assert.Equal("rate", Gates.Of("echo").Deferring);

        Time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(third.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(3));
        (await third.WaitAsync(Patience, Cancel)).Dispose();
    }

    [Fact]
    public void Enter_ALongQueueOfOneSource_IsRefusedUntilAClientOfAnotherSourceWaits()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, Second, 4) });
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(Judge("192.0.2.1"));
        }

        var queue = new Queue { Behind = 100 };
        using var wait = new GateWait(queue);
        for (var i = 0; i < 10; i++)
        {
            var refused = Gates.Of("echo").TryEnter(wait);
            Assert.Equal(("source_rate", null), (Gates.Of("echo").Judge(refused!, Peer("192.0.2.1")).Reason, refused!.WaitsAt));
        }

        var lease = Gates.Of("echo").TryEnter(wait)!;
        Assert.Equal("rate", Gates.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason);
        Gates.Of("echo").Wait(lease.WaitsAt!, wait);
        Assert.Equal(("rate", 5), (Gates.Of("echo").Deferring, Gates.Total.Taken));
        Assert.Equal(0, queue.Woken);
        Time.Advance(TimeSpan.FromMilliseconds(502));
        Assert.Equal(1, queue.Woken);
        wait.End();
        Assert.Null(Gates.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason);
        lease.Dispose();
        Assert.Equal(4, Gates.Total.Taken);
    }

    [Fact]
    public void Judge_ASourceThatTookMoreThanItsPartWhileAnotherComes_IsRefusedAndTheOutlookSaysSo()
    {
        Apply(Maps.Admission with { Rate = new Rate(4, TimeSpan.FromHours(1), 4), AtLimit = AtLimit.Refuse });
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(Judge("192.0.2.1"));
        }

        // The other one is seen although no token is there.
        Assert.Equal("rate", Judge("198.51.100.1"));
        Time.Advance(TimeSpan.FromMinutes(15));

        var look = Gates.Of("echo").OutlookOf(Peer("192.0.2.1"));
        Assert.Equal(("source_rate", false, null), (look.Word, look.Waits, look.RetrySeconds));
        Assert.Null(Gates.Of("echo").OutlookOf(Peer("198.51.100.1")).Word);
        Assert.Equal("source_rate", Judge("192.0.2.1"));
        Assert.Null(Judge("198.51.100.1"));
    }

    [Fact]
    public void Enter_AShortQueue_WaitsAndIsCheckedAgain()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, TimeSpan.FromHours(1), 2) });
        Assert.Equal([null, null], [Judge("192.0.2.1"), Judge("192.0.2.1")]);
        var queue = new Queue { Behind = 2 };
        using var wait = new GateWait(queue);
        Assert.Null(Gates.Of("echo").TryEnter(wait));
        Assert.Equal(0, queue.Woken);

        queue.Behind = 3;
        Time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(1, queue.Woken);
        wait.End();
        Assert.NotNull(Gates.Of("echo").TryEnter(wait));
    }

    [Fact]
    public void Enter_AQueueThatIsNotCounted_IsLongOnceItHasWaitedForAsManyTokens()
    {
        Apply(Maps.Admission with { Rate = new Rate(1, Second, 3) });
        var queue = new Queue();
        using var wait = new GateWait(queue);
        UseUp();

        // Two have waited. An empty queue begins a new wait.
        AssertWaits(2);
        queue.IsEmpty = true;
        Assert.Null(Gates.Of("echo").TryEnter(wait));
        queue.IsEmpty = false;
        AssertWaits(2);

        // Some come in without waiting.
        Time.Advance(TimeSpan.FromHours(1));
        UseUp();
        AssertWaits(2);
        var refused = Gates.Of("echo").TryEnter(wait)!;
        Assert.Equal("source_rate", Gates.Of("echo").Judge(refused, Peer("192.0.2.1")).Reason);
        var other = Gates.Of("echo").TryEnter(wait)!;
        Assert.Equal(("rate", true), (Gates.Of("echo").Judge(other, Peer("198.51.100.1")).Reason, other.WaitsAt is not null));

        void UseUp()
        {
            for (var i = 0; i < 3; i++)
            {
                AssertEnters();
            }
        }

        void AssertWaits(int clients)
        {
            for (var i = 0; i < clients; i++)
            {
                Assert.Null(Gates.Of("echo").TryEnter(wait));
                Time.Advance(TimeSpan.FromMilliseconds(1002));
                wait.End();
                AssertEnters();
            }
        }

        void AssertEnters() => Assert.Null(Gates.Of("echo").Judge(Gates.Of("echo").TryEnter(wait)!, Peer("192.0.2.1")).Reason);
    }

    [Fact]
    public void Enter_StoppedWhileAClientWaitsForItsToken_LetsItIn()
    {
        Apply(Maps.Admission with { Rate = new Rate(1, TimeSpan.FromHours(1), 1) });
        Assert.Null(Judge("192.0.2.1"));
        using var wait = new GateWait(new Queue { Behind = 100 });
        var lease = Gates.Of("echo").TryEnter(wait)!;
        Assert.Equal("rate", Gates.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason);
        Gates.Of("echo").Wait(lease.WaitsAt!, wait);
        Assert.Equal("rate", Gates.Of("echo").Deferring);

        wait.End();

        Assert.Null(Gates.Of("echo").Judge(lease, Peer("198.51.100.1"), mayWait: false).Reason);
        Assert.Null(Gates.Of("echo").Deferring);
    }

    [Fact]
    public async Task Judge_ADeniedSource_DrainsNoBucketAndKeepsNoPlace()
    {
        Apply(Maps.Admission with { Deny = [Rule("203.0.113.0/24")], Rate = new Rate(3, TimeSpan.FromHours(1), 3), MaxConnections = 1 });
        for (var i = 0; i < 100; i++)
        {
            var lease = Gates.Of("echo").TryEnter(null);
            Assert.Equal("address", Gates.Of("echo").Judge(lease!, Peer("203.0.113.9")).Reason);
            lease!.Dispose();
        }

        Assert.Equal([new("max_connections", 0, 1), new("rate", 0, 3)], Gates.Of("echo").Uses().Take(2));
        (await EnterAsync()).Dispose();
    }
}
