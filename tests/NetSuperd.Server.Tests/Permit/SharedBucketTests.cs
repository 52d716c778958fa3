using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class SharedBucketTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly SharedBucket _bucket;
    private readonly Pace _pace;

    public SharedBucketTests() => (_bucket, _pace) = (new SharedBucket(_time), Pace.Of(new Rate(50, Second, 100), _time));

    private long Now => _time.GetTimestamp();

    [Fact]
    public void Grants_ASourceThatComesAlone_HasEveryToken()
    {
        Assert.Equal(100, Come("192.0.2.1", 200));
        _time.Advance(Second);
        Assert.Equal(50, Come("192.0.2.1", 200));
    }

    [Fact]
    public void Grants_ASourceWithinTheRate_IsNeverRefusedWhileOthersCome()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(1, Come("192.0.2.1", 1));
            Assert.Equal(1, i % 10 == 0 ? Come("198.51.100.1", 1) : 1);
            _time.Advance(TimeSpan.FromMilliseconds(25));
        }
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1 192.0.3.1")]
    [InlineData("192.0.2.1 192.0.2.2")]
    [InlineData("192.0.2.1 192.0.3.1 192.0.4.1 192.0.5.1")]
    [InlineData("192.0.2.{0}")]
    [InlineData("2001:db8:0:{0:x}::1")]
    public void Grants_AFlood_LeavesTokensToAnother(string flood)
    {
        _bucket.See(Source("198.51.100.1"), Network("198.51.100.1"), Now);
        for (var second = 0; second < 100; second++)
        {
            for (var i = 0; i < 500; i++)
            {
                foreach (var source in flood.Split(' '))
                {
                    Come(string.Format(CultureInfo.InvariantCulture, source, 1 + (i % 200)), 1);
                }
            }

            Assert.Equal(5, Come("198.51.100.1", 5));
            _time.Advance(Second);
        }
    }

    [Fact]
    public void Grants_ANeighbourOfAFlood_HasTokensOfItsOwn()
    {
        _bucket.See(Source("192.0.2.99"), Network("192.0.2.99"), Now);
        Come("192.0.2.1", 1000);

        Assert.Equal(5, Come("192.0.2.99", 5));
    }

    [Fact]
    public void Grants_WhatOthersDoNotAskFor_GoesToTheSourceThatAsksForMore()
    {
        Come("198.51.100.1", 1);
        Come("192.0.2.1", 1000);
        var took = 0;
        for (var second = 0; second < 10; second++)
        {
            for (var i = 0; i < 50; i++)
            {
                _time.Advance(Second / 50);
                took += Come("192.0.2.1", 3);
            }
        }

        Assert.InRange(took, 490, 510);
        Assert.InRange(_bucket.Tokens(_pace, Now), 45, 55);
    }

    [Fact]
    public void Grants_AnHourAfterTheOthers_HasEveryTokenAgain()
    {
        Come("198.51.100.1", 1);
        Assert.InRange(Come("192.0.2.1", 1000), 45, 55);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(100, Come("192.0.2.1", 1000));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", true)]
    [InlineData("192.0.2.1 198.51.100.1", "198.51.100.1", false)]
    [InlineData("192.0.2.{0}", "192.0.2.250", false)]
    [InlineData("192.0.2.{0}", "192.0.3.1", true)]
    public void MayWait_BehindAFlood_IsForSourcesThatTookFew(string flood, string source, bool expected)
    {
        for (var i = 0; i < 200; i++)
        {
            foreach (var one in flood.Split(' '))
            {
                Come(string.Format(CultureInfo.InvariantCulture, one, 1 + i), 1);
            }
        }

        Assert.Equal(expected, _bucket.MayWait(Source(source), Network(source), _pace, Now));
    }

    [Fact]
    public void Grants_AnUncountedToken_CountsForNoSource()
    {
        Come("198.51.100.1", 1);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_bucket.Grants(Source("192.0.2.1"), Network("192.0.2.1"), _pace, Now, isTaken: false, out _));
        }

        Assert.Equal(99, _bucket.Tokens(_pace, Now));
        Assert.False(_bucket.Withholds(Source("192.0.2.1"), Network("192.0.2.1"), _pace, Now));
    }

    /// <summary>How many of so many clients get a token.</summary>
    private int Come(string address, int clients)
    {
        var granted = 0;
        for (var i = 0; i < clients; i++)
        {
            if (_bucket.Wait(_pace, Now) > 0)
            {
                _bucket.See(Source(address), Network(address), Now);
            }
            else if (_bucket.Grants(Source(address), Network(address), _pace, Now, isTaken: false, out var taker))
            {
                _bucket.Take(_pace, Now);
                _bucket.Count(taker, _pace);
                granted++;
            }
        }

        return granted;
    }

    private static Source Source(string address) => Peer.Of(IPAddress.Parse(address)).SourceBy(SourcePrefix.Default);

    private static Source Network(string address) => Networks.Of(Peer.Of(IPAddress.Parse(address))).Wide!.Value;
}
