using System.Net.Sockets;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Permit;

public sealed class SourceTableTests
{
    private const int MostSlots = 65_536;
    private const int MostSharedSlots = 3 * 4_096;

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
        _table.Leave(Source(1), level: 0);
        Assert.Equal([null, "source_limit"], Enter(1, null, 2, 0, 2));
    }

    [Fact]
    public void Enter_AMillionSourcesThatComeOnce_NeedNoMoreThanAFewSlots()
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            Assert.Null(Enter(Source(i), Pace, 100, i * 3_000L, out var level));
            _table.Leave(Source(i), level);
        }

        Assert.Equal(64, _table.Size);
    }

    [Fact]
    public void Enter_AMillionSourcesTogether_StayBelowTheCeiling()
    {
        for (var i = 0; i < 1_000_000; i++)
        {
            _ = Enter(Source(i), Pace, null, 0, out var level);
            _table.Leave(Source(i), level);
        }

        Assert.InRange(_table.Size, 64, MostSlots + MostSharedSlots);
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
        Assert.InRange(_table.Size, MostSlots, MostSlots + MostSharedSlots);
    }

    [Fact]
    public void Enter_SourcesWithoutASlot_ShareTheLimitOfTheirNetworkAndAreBackByThemselves()
    {
        Fill();
        var first = Without(Home);
        Assert.Equal([null, null, null, "source_limit"], Enter(first, null, 3, 0, 4));
        var neighbour = Without(Home, after: first);
        Assert.Equal(["source_limit"], Enter(neighbour, null, 3, 0, 1));
        Assert.Equal(3, _table.Peek(neighbour, null, 0).Live);

        _table.Leave(first, level: 1);

        Assert.Equal([null, "source_limit"], Enter(neighbour, null, 3, 0, 2));
        Assert.Equal([null], Enter(Without(Home + (UInt128.One << 72)), null, 3, 0, 1));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(72)]
    [InlineData(80)]
    public void Enter_AFloodOfOneNetwork_LeavesNewSourcesOfOthersIn(int shift)
    {
        // Each /64, /56 or /48 of it comes until it is limited; so does every network that they share then.
        for (var i = 0; i < 131_072; i++)
        {
            _ = Enter(new Source(AddressFamily.InterNetworkV6, Flood + ((UInt128)i << shift)), Pace, null, 0, 4);
        }

        var late = Without(Flood + (UInt128.One << 90));
        Assert.Equal("source_rate", Enter(late, Pace, null, 0, 5)[4]);
        var home = Without(Home);
        Assert.Equal((3, 0), (_table.Peek(home, Pace, 0).Bucket.Tokens(Pace, 0), _table.Peek(home, Pace, 0).Bucket.Wait(Pace, 0)));
        Assert.Equal([null, null, null, "source_rate"], Enter(home, Pace, null, 0, 4));
        Assert.InRange(_table.Size, MostSlots, MostSlots + MostSharedSlots);
    }

    [Fact]
    public void Enter_AFloodOfUsers_LeavesTheOthersIn()
    {
        for (uint i = 0; i < 131_072; i++)
        {
            _ = Enter(new Source(AddressFamily.Unix, 0x50000 + i), Pace, null, 0, 4);
        }

        Assert.Equal([null, null, null, "source_rate"], Enter(new Source(AddressFamily.Unix, 1000), Pace, null, 0, 4));
    }

    [Fact]
    public void SetElsewhere_ConnectionsOfAnotherProcess_Count()
    {
        _table.SetElsewhere(new Dictionary<Source, int> { [Source(1)] = 2 });

        Assert.Equal([null, "source_limit"], Enter(1, null, 3, 0, 2));
        Assert.Equal(3, _table.Peek(Source(1), null, 0).Live);
    }

    private static readonly UInt128 Home = (UInt128)0x2001_0db8_0001_0000 << 64;
    private static readonly UInt128 Flood = (UInt128)0x2a00_0000_0000_0000 << 64;

    /// <summary>Fills every slot of the table with a source that has a connection.</summary>
    private void Fill()
    {
        for (var (i, without) = (Flood, 0); without < 100; i++)
        {
            _ = Enter(new Source(AddressFamily.InterNetworkV6, i), null, 100, 0, out var level);
            without = level == 0 ? 0 : without + 1;
        }
    }

    /// <summary>A source of a network that has no slot of its own.</summary>
    private Source Without(UInt128 network, Source? after = null)
    {
        for (var host = after is { } last ? (last.Address - network) + (UInt128.One << 64) : UInt128.Zero; ; host += UInt128.One << 64)
        {
            var source = new Source(AddressFamily.InterNetworkV6, network + host);
            if (_table.Find(source, null, 0).Level > 0)
            {
                return source;
            }
        }
    }

    private string?[] Enter(int source, Pace? pace, int? most, long now, int times) => Enter(Source(source), pace, most, now, times);

    private string?[] Enter(Source source, Pace? pace, int? most, long now, int times) =>
        [.. Enumerable.Range(0, times).Select(time => Enter(source, pace, most, now, out _))];

    /// <summary>Lets a connection of a source in, as the gates do.</summary>
    private string? Enter(Source source, Pace? pace, int? most, long now, out int level)
    {
        var place = _table.Find(source, pace, now);
        level = place.Level;
        ref var slot = ref _table.At(place);
        if (pace is { } own && slot.Bucket.Wait(own, now) > 0)
        {
            return "source_rate";
        }

        if (slot.Live + _table.Elsewhere(source, level) >= most)
        {
            return "source_limit";
        }

        if (pace is { } taken)
        {
            slot.Bucket.Take(taken, now);
        }

        slot.Live++;
        return null;
    }

    private static Source Source(int number) => new(AddressFamily.InterNetwork, (uint)number);
}
