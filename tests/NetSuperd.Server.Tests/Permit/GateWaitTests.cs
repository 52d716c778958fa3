using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>What waits in front of the gates that need no look at the client, and what wakes it.</summary>
public sealed class GateWaitTests : GatesTest
{
    private const int LimitReached = 3003, LimitOver = 3004;

    [Fact]
    public async Task Enter_AtTheLimitOfTheService_WaitsUntilAPlaceIsFree()
    {
        Apply(Maps.Admission with { MaxConnections = 2 });
        var (first, second) = (await EnterAsync(), await EnterAsync());
        var third = AdmitAsync();
        Assert.False(third.IsCompleted);
        Assert.Equal("service_limit", Gates.Of("echo").Deferring);

        second.Dispose();
        second.Dispose();

        var admitted = await third.WaitAsync(Patience, Cancel);
        Assert.Equal(2, Gates.Total.Taken);
        Assert.Null(Gates.Of("echo").Deferring);
        Assert.Equal([LimitReached, LimitOver], Log.Ids);
        first.Dispose();
        admitted.Dispose();
        Assert.Equal(0, Gates.Total.Taken);
    }

    [Fact]
    public async Task Enter_AServiceThatWaits_HoldsNothingOfTheTotal()
    {
        Apply(4, Service("echo", Maps.Admission with { MaxConnections = 1 }), Service("other", Maps.Admission));
        await EnterAsync();
        var waiting = new[] { AdmitAsync(), AdmitAsync(), AdmitAsync(), AdmitAsync() };

        for (var i = 0; i < 3; i++)
        {
            await EnterAsync("other");
        }

        Assert.Equal(4, Gates.Total.Taken);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        Assert.False(AdmitAsync("other").IsCompleted);
        Assert.Equal("total_limit", Gates.Of("other").Deferring);
    }

    [Theory]
    [InlineData("service_limit", 1, null)]
    [InlineData("rate", null, 1)]
    public async Task Enter_ANewMapWithMoreRoom_WakesTheWaitingImmediately(string word, int? most, int? burst)
    {
        Apply(Maps.Admission with
        {
            MaxConnections = most,
            Rate = burst is { } count ? new Rate(count, TimeSpan.FromHours(1), count) : null,
        });
        await EnterAsync();
        var waiting = AdmitAsync();
        Assert.Equal(word, Gates.Of("echo").Deferring);

        Apply(Maps.Admission with { MaxConnections = 2 });

        await waiting.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task TryEnter_AtALimit_WakesTheQueueOnceForEachWait()
    {
        Apply(1, Service("echo", Maps.Admission with { MaxConnections = 1 }), Service("other", Maps.Admission));
        var first = await EnterAsync();
        var (queue, other) = (new Queue(), new Queue());
        using var wait = new GateWait(queue);
        using var ofOther = new GateWait(other);
        Assert.Null(Gates.Of("echo").TryEnter(wait));
        Assert.Null(Gates.Of("other").TryEnter(ofOther));
        Assert.Equal(("total_limit", "total_limit"), (Gates.Of("echo").Deferring, Gates.Of("other").Deferring));

        first.Dispose();
        Apply(1, Service("echo", Maps.Admission with { MaxConnections = 1 }), Service("other", Maps.Admission));
        Assert.Equal((1, 1), (queue.Woken, other.Woken));
        wait.End();
        ofOther.End();
        using var second = Gates.Of("other").TryEnter(ofOther);
        Assert.NotNull(second);
        Assert.Null(Gates.Of("echo").TryEnter(wait));

        // One that has ended is not woken any more.
        wait.End();
        second.Dispose();
        Assert.Equal((1, 1), (queue.Woken, other.Woken));
        Assert.Null(Gates.Of("echo").Deferring);
    }

    [Fact]
    public async Task TryEnter_AtALimitWithoutAClient_WaitsForNothing()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        using var wait = new GateWait(new Queue { IsEmpty = true });

        Assert.Null(Gates.Of("echo").TryEnter(wait));

        Assert.False(wait.HasBegun);
        Assert.Null(Gates.Of("echo").Deferring);
        Assert.Empty(Log.Ids);
    }

    [Fact]
    public async Task Enter_Stopped_EndsTheWaiting()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        using var stopping = new CancellationTokenSource();
        var waiting = Gates.Of("echo").EnterAsync(stopping.Token).AsTask();

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, Cancel));
        Assert.Equal(1, Gates.Total.Taken);
        Assert.Null(Gates.Of("echo").Deferring);
    }

    [Fact]
    public async Task Enter_ANewMapThatRefuses_EndsTheWaiting()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        var waiting = Gates.Of("echo").EnterAsync(Cancel).AsTask();
        Assert.Equal("service_limit", Gates.Of("echo").Deferring);

        Apply(Maps.Admission with { MaxConnections = 1, AtLimit = AtLimit.Refuse });

        Assert.Null(await waiting.WaitAsync(Patience, Cancel));
        Assert.Null(Gates.Of("echo").Deferring);
        Assert.Equal("service_limit", (await Gates.Of("echo").EnterAsync(Cancel))?.Closed?.Refusal.Reason);
        Assert.Equal([LimitReached, LimitOver], Log.Ids);
    }

    [Theory]
    [InlineData("total_limit", 1, null, null)]
    [InlineData("service_limit", null, 1, null)]
    [InlineData("rate", null, null, 1)]
    public async Task Enter_AtLimitRefuse_SaysTheWordAndTakesNothing(string word, int? total, int? most, int? burst)
    {
        Apply(total, Service("echo", Maps.Admission with
        {
            MaxConnections = most,
            Rate = burst is { } count ? new Rate(count, TimeSpan.FromHours(1), count) : null,
            AtLimit = AtLimit.Refuse,
        }));
        var first = await EnterAsync();

        for (var i = 0; i < 10; i++)
        {
            var lease = await Gates.Of("echo").EnterAsync(Cancel);
            Assert.Equal(word, Gates.Of("echo").Judge(lease!, Peer("127.0.0.1")).Reason);
            lease!.Dispose();
        }

        Assert.Equal(1, Gates.Total.Taken);
        first.Dispose();
    }
}
