using System.Net;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class GateTests : IDisposable
{
    private const int LimitReached = 3003, LimitOver = 3004;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly Gate _gate;

    public GateTests() => _gate = new Gate(_log, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Enter_AtTheLimitOfTheService_WaitsUntilAPlaceIsFree()
    {
        Apply(Maps.Admission with { MaxConnections = 2 });
        var (first, second) = (await EnterAsync(), await EnterAsync());
        var third = AdmitAsync();
        Assert.False(third.IsCompleted);
        Assert.Equal("service_limit", _gate.Of("echo").Deferring);

        second.Dispose();
        second.Dispose();

        var admitted = await third.WaitAsync(Patience, Cancel);
        Assert.Equal(2, _gate.Total.Taken);
        Assert.Null(_gate.Of("echo").Deferring);
        Assert.Equal([LimitReached, LimitOver], _log.Ids);
        first.Dispose();
        admitted.Dispose();
        Assert.Equal(0, _gate.Total.Taken);
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

        Assert.Equal(4, _gate.Total.Taken);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        Assert.False(AdmitAsync("other").IsCompleted);
        Assert.Equal("total_limit", _gate.Of("other").Deferring);
    }

    [Fact]
    public async Task Enter_ARateThatIsUsedUp_WaitsUntilTheNextToken()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, Second, 2) });
        await EnterAsync();
        await EnterAsync();
        var third = AdmitAsync();
        await _time.TimerAsync();
        Assert.Equal("rate", _gate.Of("echo").Deferring);

        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        (await third.WaitAsync(Patience, Cancel)).Dispose();
    }

    [Fact]
    public async Task Enter_ALongQueueOfOneSource_IsRefusedUntilAnotherSourceComesWhoWaits()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, Second, 4) });
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(await JudgeAsync("192.0.2.1"));
        }

        var queue = new Queue { Behind = 100 };
        using var wait = new GateWait(queue);
        for (var i = 0; i < 10; i++)
        {
            var refused = _gate.Of("echo").TryEnter(wait);
            Assert.Equal(("source_rate", false), (_gate.Of("echo").Judge(refused!, Peer("192.0.2.1")).Reason, refused!.NeedsToken));
        }

        var lease = _gate.Of("echo").TryEnter(wait)!;
        Assert.Equal(("rate", true), (_gate.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason, lease.NeedsToken));
        _gate.Of("echo").WaitForToken(wait);
        Assert.Equal(("rate", 5), (_gate.Of("echo").Deferring, _gate.Total.Taken));
        Assert.Equal(0, queue.Woken);
        _time.Advance(TimeSpan.FromMilliseconds(502));
        Assert.Equal(1, queue.Woken);
        wait.End();
        Assert.Null(_gate.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason);
        lease.Dispose();
        Assert.Equal(4, _gate.Total.Taken);
    }

    [Fact]
    public async Task Judge_ASourceThatTookMoreThanItsPartWhileAnotherComes_IsRefusedAndLookSaysSo()
    {
        Apply(Maps.Admission with { Rate = new Rate(4, TimeSpan.FromHours(1), 4), AtLimit = AtLimit.Refuse });
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(await JudgeAsync("192.0.2.1"));
        }

        // The other one is seen although no token is there.
        Assert.Equal("rate", await JudgeAsync("198.51.100.1"));
        _time.Advance(TimeSpan.FromMinutes(15));

        var look = _gate.Of("echo").Look(Peer("192.0.2.1"));
        Assert.Equal(("source_rate", false, null), (look.Word, look.Waits, look.RetrySeconds));
        Assert.Null(_gate.Of("echo").Look(Peer("198.51.100.1")).Word);
        Assert.Equal("source_rate", await JudgeAsync("192.0.2.1"));
        Assert.Null(await JudgeAsync("198.51.100.1"));
    }

    [Fact]
    public async Task Enter_AShortQueue_WaitsAndIsLookedAtAgain()
    {
        Apply(Maps.Admission with { Rate = new Rate(2, TimeSpan.FromHours(1), 2) });
        Assert.Equal([null, null], [await JudgeAsync("192.0.2.1"), await JudgeAsync("192.0.2.1")]);
        var queue = new Queue { Behind = 2 };
        using var wait = new GateWait(queue);
        Assert.Null(_gate.Of("echo").TryEnter(wait));
        Assert.Equal(0, queue.Woken);

        queue.Behind = 3;
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(1, queue.Woken);
        wait.End();
        Assert.NotNull(_gate.Of("echo").TryEnter(wait));
    }

    [Fact]
    public async Task Enter_StoppedWhileAClientWaitsForItsToken_LetsItIn()
    {
        Apply(Maps.Admission with { Rate = new Rate(1, TimeSpan.FromHours(1), 1) });
        Assert.Null(await JudgeAsync("192.0.2.1"));
        using var wait = new GateWait(new Queue { Behind = 100 });
        var lease = _gate.Of("echo").TryEnter(wait)!;
        Assert.Equal("rate", _gate.Of("echo").Judge(lease, Peer("198.51.100.1")).Reason);
        _gate.Of("echo").WaitForToken(wait);
        Assert.Equal("rate", _gate.Of("echo").Deferring);

        wait.End();

        Assert.Null(_gate.Of("echo").Judge(lease, Peer("198.51.100.1"), mayWait: false).Reason);
        Assert.Null(_gate.Of("echo").Deferring);
    }

    [Theory]
    [InlineData("service_limit", 1, null)]
    [InlineData("rate", null, 1)]
    public async Task Enter_ANewMapWithMoreRoom_WakesAtOnceWhoWaits(string word, int? most, int? burst)
    {
        Apply(Maps.Admission with
        {
            MaxConnections = most,
            Rate = burst is { } count ? new Rate(count, TimeSpan.FromHours(1), count) : null,
        });
        await EnterAsync();
        var waiting = AdmitAsync();
        Assert.Equal(word, _gate.Of("echo").Deferring);

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
        Assert.Null(_gate.Of("echo").TryEnter(wait));
        Assert.Null(_gate.Of("other").TryEnter(ofOther));
        Assert.Equal(("total_limit", "total_limit"), (_gate.Of("echo").Deferring, _gate.Of("other").Deferring));

        first.Dispose();
        Apply(1, Service("echo", Maps.Admission with { MaxConnections = 1 }), Service("other", Maps.Admission));
        Assert.Equal((1, 1), (queue.Woken, other.Woken));
        wait.End();
        ofOther.End();
        using var second = _gate.Of("other").TryEnter(ofOther);
        Assert.NotNull(second);
        Assert.Null(_gate.Of("echo").TryEnter(wait));

        // One that has ended is not woken any more.
        wait.End();
        second.Dispose();
        Assert.Equal((1, 1), (queue.Woken, other.Woken));
        Assert.Null(_gate.Of("echo").Deferring);
    }

    [Fact]
    public async Task TryEnter_AtALimitWithoutAClient_WaitsForNothing()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        using var wait = new GateWait(new Queue { IsEmpty = true });

        Assert.Null(_gate.Of("echo").TryEnter(wait));

        Assert.False(wait.HasBegun);
        Assert.Null(_gate.Of("echo").Deferring);
        Assert.Empty(_log.Ids);
    }

    [Fact]
    public async Task Enter_Stopped_EndsTheWaiting()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        using var stopping = new CancellationTokenSource();
        var waiting = _gate.Of("echo").EnterAsync(stopping.Token).AsTask();

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, Cancel));
        Assert.Equal(1, _gate.Total.Taken);
        Assert.Null(_gate.Of("echo").Deferring);
    }

    [Fact]
    public async Task Enter_ANewMapThatRefuses_EndsTheWaiting()
    {
        Apply(Maps.Admission with { MaxConnections = 1 });
        await EnterAsync();
        var waiting = _gate.Of("echo").EnterAsync(Cancel).AsTask();
        Assert.Equal("service_limit", _gate.Of("echo").Deferring);

        Apply(Maps.Admission with { MaxConnections = 1, AtLimit = AtLimit.Refuse });

        Assert.Null(await waiting.WaitAsync(Patience, Cancel));
        Assert.Null(_gate.Of("echo").Deferring);
        Assert.Equal("service_limit", (await _gate.Of("echo").EnterAsync(Cancel))?.Refusal.Reason);
        Assert.Equal([LimitReached, LimitOver], _log.Ids);
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
            var lease = await _gate.Of("echo").EnterAsync(Cancel);
            Assert.Equal(word, _gate.Of("echo").Judge(lease!, Server.Permit.Peer.Of(IPAddress.Loopback)).Reason);
            lease!.Dispose();
        }

        Assert.Equal(1, _gate.Total.Taken);
        first.Dispose();
    }

    [Fact]
    public async Task Judge_ADeniedSource_DrainsNoBucketAndKeepsNoPlace()
    {
        Apply(Maps.Admission with { Deny = [Rule("203.0.113.0/24")], Rate = new Rate(3, TimeSpan.FromHours(1), 3), MaxConnections = 1 });
        for (var i = 0; i < 100; i++)
        {
            var lease = _gate.Of("echo").TryEnter(null);
            Assert.Equal("address", _gate.Of("echo").Judge(lease!, Server.Permit.Peer.Of(IPAddress.Parse("203.0.113.9"))).Reason);
            lease!.Dispose();
        }

        Assert.Equal([new("max_connections", 0, 1), new("rate", 0, 3)], _gate.Of("echo").Uses().Take(2));
        (await EnterAsync()).Dispose();
    }

    [Theory]
    [InlineData("192.0.2.{0}", "192.0.3.1", 4)]
    [InlineData("2001:db8:7:{0:x}00::1", "2001:db8:8::1", 4)]
    [InlineData("2001:db8:7:{0:x}::1", "2001:db8:7:100::1", 2)]
    public async Task Judge_OneNetwork_HasHalfOfThePlacesHoweverManySourcesItHas(string network, string other, int expected)
    {
        Apply(Maps.Admission with { MaxConnections = 8 });

        Assert.Equal(expected, await CountAsync(network, 20));
        Assert.Equal(new("max_per_network", expected, 4), _gate.Of("echo").Uses()[^1]);
        Assert.Null(await JudgeAsync(other));
    }

    [Fact]
    public async Task Judge_NetworksThatTakeAllTheyCan_LeavePlacesToTheNext()
    {
        Apply(Maps.Admission with { MaxConnections = 64 });

        foreach (var (network, expected) in ((string, int)[])[("2", 32), ("3", 16), ("4", 8), ("5", 4), ("6", 2), ("7", 1)])
        {
            Assert.Equal(expected, await CountAsync($"192.0.{network}.{{0}}", 100));
        }

        Assert.Null(await JudgeAsync("192.0.8.1"));
        Assert.Equal("service_limit", await JudgeAsync("192.0.9.1"));
    }

    [Fact]
    public async Task Judge_OneNetworkAtManyServices_HasHalfOfThePlacesOfTheDaemon()
    {
        Apply(20, Service("echo", Maps.Admission), Service("other", Maps.Admission));

        Assert.Equal((5, 5), (await CountAsync("2001:db8:0:{0:x}00::1", 5), await CountAsync("2001:db8:0:{0:x}00::1", 50, "other")));
        Assert.Equal(
            ("source_limit", "source_limit"), (await JudgeAsync("2001:db8:0:ff00::1"), await JudgeAsync("2001:db8:0:ff00::1", "other")));
        Assert.Null(await JudgeAsync("192.0.2.1"));
        Assert.Equal((10, 10), _gate.TotalOfANetwork);
        var look = _gate.Of("echo").Look(Server.Permit.Peer.Of(IPAddress.Parse("2001:db8:0:ff00::1")));
        Assert.Equal("source_limit", look.Word);
        Assert.Contains(new("max_per_network", 10, 10), look.Limits);
    }

    [Theory]
    [InlineData("127.0.0.1:7", "127.0.0.{0}", null, 8)]
    [InlineData("7", "127.0.0.{0}", "192.0.2.1", 4)]
    [InlineData("7", "::1", "192.0.2.1", 4)]
    [InlineData("127.0.0.1:7 /run/it.sock", "127.0.0.{0}", "uid:7", 4)]
    [InlineData("/run/it.sock", "uid:{0}", null, 8)]
    [InlineData("/run/it.sock", "uid:5", null, 8)]
    [InlineData("@it", "uid:5", "uid:7", 4)]
    [InlineData("@it", "uid:{0}", null, 8)]
    [InlineData("@it 7", "uid:{0}", "192.0.2.1", 4)]
    public async Task Judge_PeersOfThisHost_LeaveHalfToThoseWhoCanComeBeside(string sockets, string network, string? other, int expected)
    {
        Apply(Maps.Admission with { MaxConnections = 8, MaxPerSource = null }, sockets.Split(' '));

        Assert.Equal(expected, await CountAsync(network, 20));
        Assert.Equal(other is null ? "service_limit" : null, await JudgeAsync(other ?? network));
    }

    [Fact]
    public async Task Judge_ANumberThatTheMapSays_TakesThePlaceOfHalf()
    {
        Apply(Said(Maps.Admission with { MaxConnections = 8, MaxPerNetwork = 7 }), "127.0.0.1:7");
        Assert.Equal(7, await CountAsync("127.0.0.{0}", 20));

        Apply(8, Service("echo", Said(Maps.Admission with { MaxPerNetwork = null })));
        Assert.Equal(1, await CountAsync("127.0.0.{0}", 1));
        Assert.Equal("total_limit", await JudgeAsync("192.0.2.1"));
        Assert.DoesNotContain(_gate.Of("echo").Uses(), use => use.Limit == "max_per_network");
    }

    [Theory]
    [InlineData("192.0.2.7", 20, 15, 15)]
    [InlineData("192.0.2.{0}", 20, 15, 15)]
    [InlineData("2001:db8::{0}", 20, 15, 15)]
    [InlineData("2001:db8:0:0:{0}::", 20, 15, 15)]
    [InlineData("2001:db8:0:{0}::", 20, 15, 15)]
    [InlineData("192.0.2.{0}", 20, 3, 10)]
    [InlineData("192.0.2.{0}", 5, 3, 3)]
    [InlineData("192.0.2.{0}", 7, 2, 4)]
    [InlineData("192.0.2.{0}", 20, 1000, 20)]
    [InlineData("192.0.2.{0}", 20, null, 10)]
    public async Task Judge_ANumberOfMaxPerSourceThatTheMapNames_IsTheLeastOfANetwork(string network, int most, int? ofSource, int expected)
    {
        var admission = Said(Maps.Admission with { MaxConnections = most, MaxPerSource = ofSource }, "max_per_source");
        Apply(most, Service("echo", admission));

        Assert.Equal(expected, await CountAsync(network, 30));
        Assert.Contains(new("max_per_network", expected, expected), _gate.Of("echo").Uses());
    }

    [Fact]
    public async Task Judge_MaxPerNetwork_WinsOverMaxPerSource()
    {
        var admission = Maps.Admission with { MaxConnections = 20, MaxPerSource = 15, MaxPerNetwork = 4 };
        Apply(Said(admission, "max_per_source", "max_per_network"), "127.0.0.1:7");

        Assert.Equal(4, await CountAsync("127.0.0.{0}", 20));
    }

    [Fact]
    public async Task Judge_AConnectionThatEnds_MakesRoomForItsNetworkAndARefusalTakesNone()
    {
        Apply(Maps.Admission with { MaxConnections = 4, RatePerSource = new Rate(3, TimeSpan.FromHours(1), 3) });
        var first = await AdmitAsync("echo", "192.0.2.1");
        var second = await AdmitAsync("echo", "192.0.2.1");
        Assert.Equal(["source_limit", "source_limit"], [await JudgeAsync("192.0.2.1"), await JudgeAsync("192.0.2.2")]);

        first.Dispose();
        first.Dispose();

        Assert.Equal([null, "source_rate"], [await JudgeAsync("192.0.2.1"), await JudgeAsync("192.0.2.1")]);
        second.Dispose();
        Assert.Equal(1, _gate.Total.Taken);
    }

    [Fact]
    public async Task Judge_OneSource_HasItsOwnLimitAndLocalPeersHaveNone()
    {
        Apply(Maps.Admission with { MaxPerSource = 2, SourcePrefix = new SourcePrefix(24, 64) });

        Assert.Equal(
            [null, null, "source_limit"], [await JudgeAsync("192.0.2.1"), await JudgeAsync("192.0.2.2"), await JudgeAsync("192.0.2.3")]);
        Assert.Null(await JudgeAsync("192.0.3.1"));
        Assert.Equal(
            [null, null, "source_limit"],
            [await JudgeAsync("2001:db8::1"), await JudgeAsync("2001:db8::2"), await JudgeAsync("2001:db8::ffff:3")]);
        Assert.Null(await JudgeAsync("2001:db8:0:1::1"));
        Assert.Equal([null, null, null], [await JudgeAsync("127.0.0.1"), await JudgeAsync("127.0.0.1"), await JudgeAsync("127.0.0.1")]);

        Assert.Equal(2, MostOfASource());

        Apply(Maps.Admission with { MaxPerSource = 4, CountsLocalPeers = true, SourcePrefix = new SourcePrefix(24, 64) });
        Assert.Equal([null, "source_limit"], [await JudgeAsync("127.0.0.1"), await JudgeAsync("127.0.0.1")]);
        Assert.Equal(4, MostOfASource());
    }

    [Fact]
    public async Task Judge_ALimitThatAMapBrings_CountsThoseWhoAreIn()
    {
        Apply(Maps.Admission with { MaxPerSource = null });
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(await JudgeAsync("192.0.2.1"));
        }

        Apply(Maps.Admission with { MaxPerSource = 2 });

        Assert.Equal(3, MostOfASource());
        Assert.Equal("source_limit", await JudgeAsync("192.0.2.1"));
        Assert.Null(await JudgeAsync("192.0.2.2"));
    }

    [Fact]
    public async Task Judge_AFasterRateThatAMapBrings_HoldsForASourceThatHadUsedUpTheSlowOne()
    {
        Apply(Maps.Admission with { RatePerSource = new Rate(1, TimeSpan.FromHours(1), 1) });
        Assert.Equal([null, "source_rate"], [await JudgeAsync("192.0.2.1"), await JudgeAsync("192.0.2.1")]);

        Apply(Maps.Admission with { RatePerSource = new Rate(1, Second, 1) });
        Assert.Equal("source_rate", await JudgeAsync("192.0.2.1"));
        _time.Advance(Second);

        Assert.Null(await JudgeAsync("192.0.2.1"));
    }

    [Fact]
    public async Task Uses_OfEachLimit_AreWhatIsTakenAndLookTellsWhatWouldHappen()
    {
        Apply(Said(Maps.Admission with
        {
            MaxConnections = 4,
            Rate = new Rate(6, TimeSpan.FromHours(1), 6),
            RatePerSource = new Rate(2, TimeSpan.FromHours(1), 2),
            MaxPerSource = 3,
            Deny = [Rule("203.0.113.0/24")],
        }));
        var gate = _gate.Of("echo");
        Assert.Equal(
            [new("max_connections", 0, 4), new("rate", 0, 6), new("rate_per_source", 0, 2), new("max_per_source", 0, 3)], gate.Uses());
        Assert.Null(await JudgeAsync("192.0.2.1"));
        Assert.Null(await JudgeAsync("192.0.2.1"));
        Assert.Null(await JudgeAsync("192.0.2.2"));

        Assert.Equal(
            [new("max_connections", 3, 4), new("rate", 3, 6), new("rate_per_source", 2, 2), new("max_per_source", 2, 3)], gate.Uses());
        var drained = gate.Look(Server.Permit.Peer.Of(IPAddress.Parse("192.0.2.1")));
        Assert.Equal(("source_rate", false, 1800.0), (drained.Word, drained.Waits, drained.RetrySeconds));
        Assert.Equal([new("rate_per_source", 2, 2), new("max_per_source", 2, 3)], drained.Limits.Skip(2));
        Assert.Equal("address", gate.Look(Server.Permit.Peer.Of(IPAddress.Parse("203.0.113.1"))).Word);
        Assert.Null(gate.Look(Server.Permit.Peer.Of(IPAddress.Parse("192.0.2.3"))).Word);

        Assert.Null(await JudgeAsync("192.0.2.3"));
        var full = gate.Look(Server.Permit.Peer.Of(IPAddress.Parse("192.0.2.4")));
        Assert.Equal(("service_limit", true, null), (full.Word, full.Waits, full.RetrySeconds));
        Assert.Equal(4, _gate.Total.Taken);
    }

    [Fact]
    public async Task Judge_OutsideTheTimes_IsRefusedByTheClockOfTheZone()
    {
        // Monday to Friday from 8 to 18 o'clock; 2026-03-27 is a Friday, and at 01:00 UTC of the 29th Berlin goes from 2 to 3 o'clock.
        Apply(Maps.Admission with
        {
            Times = [new TimeWindow(0b0111110, 480, 1080)],
            TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        });
        foreach (var (utc, word) in ((string, string?)[])
        [
            ("2026-03-27 06:59", "time"), ("2026-03-27 07:00", null), ("2026-03-27 16:59", null), ("2026-03-27 17:00", "time"),
            ("2026-03-28 10:00", "time"), ("2026-03-30 05:59", "time"), ("2026-03-30 06:00", null),
        ])
        {
            _time.SetUtcNow(DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(word, await JudgeAsync("192.0.2.1"));
        }
    }

    [Theory]
    [InlineData("2026-03-29 00:59", 150, 240, false)]
    [InlineData("2026-03-29 01:00", 150, 240, true)]
    [InlineData("2026-03-29 02:00", 150, 240, false)]
    [InlineData("2026-03-29 01:00", 120, 180, false)]
    [InlineData("2026-10-25 00:30", 150, 180, true)]
    [InlineData("2026-10-25 01:15", 150, 180, false)]
    [InlineData("2026-10-25 01:30", 150, 180, true)]
    public async Task Judge_WhereTheClockIsPutForwardOrBack_WhatItShowsDecides(string utc, int from, int to, bool admits)
    {
        // From half past two: in spring there is none, so the window begins at three; in autumn there are two.
        Apply(Maps.Admission with
        {
            Times = [new TimeWindow(0b1111111, from, to)],
            TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        });
        _time.AdjustTime(DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(admits ? null : "time", await JudgeAsync("192.0.2.1"));
    }

    [Fact]
    public async Task CountElsewhere_WhatTheProcessBeforeHas_Counts()
    {
        Apply(Maps.Admission with { MaxConnections = 3, MaxPerSource = 2 });
        _gate.CountElsewhere([("echo", "192.0.2.1:4000"), ("echo", "192.0.2.1:4001"), ("other", "192.0.2.1:4002")]);

        Assert.Equal("source_limit", await JudgeAsync("192.0.2.1"));
        Assert.Equal("source_limit", await JudgeAsync("192.0.2.2"));
        Assert.Null(await JudgeAsync("192.0.3.2"));
        Assert.Equal(4, _gate.Total.Taken);
        Assert.Equal(new Dictionary<string, int> { ["echo"] = 3 }, _gate.Live());
        var waiting = AdmitAsync();
        Assert.False(waiting.IsCompleted);
        _gate.CountElsewhere([("echo", "uid:7 pid:4711")]);
        await waiting.WaitAsync(Patience, Cancel);
        Assert.Equal(3, _gate.Total.Taken);
    }

    [Fact]
    public async Task Apply_AServiceThatIsGone_IsForgottenWithItsLastConnection()
    {
        Apply(Maps.Admission);
        var lease = await EnterAsync();

        Apply(10, Service("other", Maps.Admission));
        Assert.Equal(1, _gate.Of("echo").Uses()[0].Used);
        lease.Dispose();
        Apply(10, Service("other", Maps.Admission));
        Assert.Throws<KeyNotFoundException>(() => _gate.Of("echo"));
        Assert.Equal(0, _gate.Total.Taken);
    }

    private long MostOfASource() => _gate.Of("echo").Uses().Single(use => use.Limit == "max_per_source").Used;

    private static PeerRule Rule(string network) => new(network, Maps.At(1)) { Network = IPNetwork.Parse(network) };

    private static Service Service(string name, Admission admission) => Maps.Handler(name) with { Admission = admission };

    private static Admission Said(Admission admission) => Said(admission, "max_per_network");

    private static Admission Said(Admission admission, params string[] keys) =>
        admission with { Positions = keys.ToDictionary(key => key, _ => Maps.At(1)) };

    private void Apply(Admission admission) => Apply(1000, Service("echo", admission));

    /// <summary>A map with sockets: a service without any can be reached from nowhere.</summary>
    private void Apply(Admission admission, params string[] sockets)
    {
        var service = Service("echo", admission);
        Apply(Maps.OfServices(service) with
        {
            Ports = [.. sockets.Select(socket => Maps.Port(PortNotation.Read(socket, new NameCache(), out _)!, service))],
        });
    }

    private void Apply(Map map)
    {
        _gate.Apply(map);
        _gate.Settle(map);
    }

    private void Apply(int? total, params Service[] services)
    {
        var map = Maps.OfServices(services);
        Apply(map with { Daemon = map.Daemon with { MaxConnections = total } });
    }

    /// <summary>Lets one in that need not wait.</summary>
    private async Task<Lease> EnterAsync(string service = "echo")
    {
        var entering = AdmitAsync(service);
        Assert.True(entering.IsCompleted);
        return await entering;
    }

    private async Task<Lease> AdmitAsync(string service = "echo", string address = "127.0.0.1")
    {
        while (true)
        {
            if (await _gate.Of(service).EnterAsync(Cancel) is { } lease)
            {
                Assert.Null(_gate.Of(service).Judge(lease, Peer(address)).Reason);
                return lease;
            }
        }
    }

    /// <summary>The word for a client that comes from an address and stays.</summary>
    private async Task<string?> JudgeAsync(string address, string service = "echo")
    {
        var lease = _gate.Of(service).TryEnter(null);
        return _gate.Of(service).Judge(lease!, Peer(address)).Reason;
    }

    /// <summary>How many of so many clients come in, each with another number in its address.</summary>
    private async Task<int> CountAsync(string network, int clients, string service = "echo")
    {
        var count = 0;
        for (var i = 1; i <= clients; i++)
        {
            count += await JudgeAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, network, i), service) is null
                ? 1
                : 0;
        }

        return count;
    }

    private sealed class Queue : IGateQueue
    {
        public int? Behind { get; set; }

        public bool IsEmpty { get; init; }

        public int Woken { get; private set; }

        public void Wake() => Woken++;
    }

    private static Peer Peer(string text) => text.StartsWith("uid:", StringComparison.Ordinal)
        ? Server.Permit.Peer.Of(
            uint.Parse(text[4..].Replace("{0}", "7", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture), [])
        : Server.Permit.Peer.Of(IPAddress.Parse(text.Replace("{0}", "7", StringComparison.Ordinal)));
}
