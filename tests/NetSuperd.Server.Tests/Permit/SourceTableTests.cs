using System.Net.Sockets;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class SourceTableTests
{
    private const int MostSlots = 65_536;

    // One a second, three at once.
    private static readonly Pace Pace = new(1_000, 3_000);

    private readonly SourceTable _table = new();

    [Fact]
    public void Enter_OneSource_HasItsLimitAndItsRateAndOthersHaveTheirs()
    {
        Assert.Equal([null, null, "source_limit"], Enter(1, null, 2, 0, 3));
        Assert.Equal([null, null, null, "source_rate"], Enter(2, Pace, null, 0, 4));
        Assert.Equal([null], Enter(2, Pace, null, 1_000, 1));
        Assert.Equal([null], Enter(3, Pace, 2, 0, 1));
        _table.Leave(Source(1), isShared: false);
        Assert.Equal([null, "source_limit"], Enter(1, null, 2, 0, 2));
    }

    [Fact]
    public void Enter_ARefusalByTheLimit_GivesTheTokenBack()
    {
        Assert.Equal([null, "source_limit", "source_limit", "source_limit", "source_limit"], Enter(1, Pace, 1, 0, 5));
        Assert.Equal(2, _table.Look(Source(1), Pace, 0).Tokens);
    }

    [Fact]
    public void Enter_AMillionSourcesThatComeOnce_NeedNoMoreThanAFewSlots()
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            Assert.Null(_table.Enter(Source(i), Pace, 100, i * 3_000L, out var isShared).Reason);
            _table.Leave(Source(i), isShared);
        }

        Assert.Equal(64, _table.Size);
    }

    [Fact]
    public void Enter_AMillionSourcesAtOnce_StayBelowTheCeiling()
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            _ = _table.Enter(Source(i), Pace, null, 0, out var isShared);
            _table.Leave(Source(i), isShared);
        }

        Assert.InRange(_table.Size, 64, MostSlots);
    }

    [Fact]
    public void Enter_ASourceThatIsLimited_StaysSoInAFloodOfOthers()
    {
        Assert.Equal("source_rate", Enter(-1, Pace, null, 0, 4)[3]);
        Assert.Equal(2, Enter(-2, null, 2, 0, 2).Count(reason => reason is null));

        // Each of the others empties its bucket as well, until there is no slot for more.
        for (var i = 0; i < 100_000; i++)
        {
            _ = Enter(i, Pace, null, 0, 4);
        }

        Assert.Equal("source_rate", Enter(-1, Pace, null, 500, 1)[0]);
        Assert.Equal("source_limit", Enter(-2, null, 2, 500, 1)[0]);
        Assert.Equal(MostSlots, _table.Size);
    }

    [Fact]
    public void Enter_SourcesWithoutASlot_ShareOneLimitAndAreBackByThemselves()
    {
        var shared = new List<(int Source, string? Reason)>();
        for (var i = 0; shared.Count < 7; i++)
        {
            var verdict = _table.Enter(Source(i), null, 5, 0, out var isShared);
            if (isShared)
            {
                shared.Add((i, verdict.Reason));
            }
        }

        Assert.Equal([null, null, null, null, null, "source_limit", "source_limit"], shared.Select(found => found.Reason));
        Assert.Equal(MostSlots, _table.Size);
        Assert.Equal(5, _table.Look(Source(shared[6].Source), null, 0).Live);

        _table.Leave(Source(shared[0].Source), isShared: true);
        Assert.Equal([null, "source_limit"], Enter(shared[6].Source, null, 5, 0, 2));
    }

    [Fact]
    public void SetElsewhere_WhatAnotherProcessHas_Counts()
    {
        _table.SetElsewhere(new Dictionary<Source, int> { [Source(1)] = 2 });

        Assert.Equal([null, "source_limit"], Enter(1, null, 3, 0, 2));
        Assert.Equal(3, _table.Look(Source(1), null, 0).Live);
    }

    private static Source Source(int number) => new(AddressFamily.InterNetwork, (uint)number);

    private string?[] Enter(int source, Pace? pace, int? most, long now, int times) =>
        [.. Enumerable.Range(0, times).Select(time => _table.Enter(Source(source), pace, most, now, out _).Reason)];
}
