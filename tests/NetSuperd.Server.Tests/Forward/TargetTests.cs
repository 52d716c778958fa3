using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Forward;

/// <summary>When an address rests, and when a name is looked up.</summary>
public sealed class TargetTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Second = TimeSpan.FromSeconds(1);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly ScriptedLookup _lookup = new();
    private readonly EventLoop _loop;

    public TargetTests() => _loop = new EventLoop("test", new Epoll(), _log.LoopFailed, _time);

    public void Dispose()
    {
        _loop.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Address_ThatFailsAgainAndAgain_RestsUpToThirtySeconds()
    {
        var address = new TargetAddress(new IPEndPoint(IPAddress.Loopback, 1), _time);

        foreach (var pause in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            Assert.False(address.Rests);
            Assert.Equal(pause == 1, address.Failed());
            _time.Advance(pause * Second - TimeSpan.FromMilliseconds(1));
            Assert.True(address.Rests);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.True(address.Answered());
        Assert.False(address.Answered());
        Assert.True(address.Failed());
        _time.Advance(Second);
        Assert.False(address.Rests);
    }

    [Fact]
    public void Address_ThatFailsWhileItRests_DoesNotRestLonger()
    {
        var address = new TargetAddress(new IPEndPoint(IPAddress.Loopback, 1), _time);
        address.Failed();
        address.Failed();
        _time.Advance(Second);

        Assert.False(address.Rests);
    }

    [Fact]
    public async Task Name_ThatIsKnown_IsLookedUpAgainAfterThirtySeconds()
    {
        var target = Named();
        _lookup.Answer("10.0.0.1", "10.0.0.2");
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], await AddressesAsync(target));
        _time.Advance(29 * Second);
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], await AddressesAsync(target));
        Assert.Equal(1, _lookup.Asked);

        _time.Advance(Second);
        _lookup.Answer("10.0.0.2", "10.0.0.3");
        Assert.Equal(["10.0.0.2:80", "10.0.0.3:80"], await AddressesAsync(target));
    }

    [Fact]
    public async Task Name_WithAnAddressThatRests_KeepsTheRestWhenItIsLookedUpAgain()
    {
        var target = Named();
        _lookup.Answer("10.0.0.1");
        foreach (var _ in Enumerable.Range(0, 7))
        {
            Assert.Single(await target.AddressesAsync()).Failed();
            _time.Advance(Second * 30);
            _lookup.Answer("10.0.0.1");
        }

        var address = Assert.Single(await target.AddressesAsync());
        Assert.False(address.Failed());
    }

    [Fact]
    public async Task Name_WhoseResolverFails_KeepsItsAddressesAndIsLoggedOnce()
    {
        var target = Named();
        _lookup.Answer("10.0.0.1");
        await AddressesAsync(target);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            _time.Advance(30 * Second);
            _lookup.Fail();
            Assert.Equal(["10.0.0.1:80"], await AddressesAsync(target));
        }

        Assert.Equal([4014], _log.Ids);
    }

    [Fact]
    public async Task Name_WhoseResolverIsSilent_HoldsUpOneClientForASecond()
    {
        var target = Named();
        _lookup.Answer("10.0.0.1");
        await AddressesAsync(target);
        _time.ForgetTimers();
        _time.Advance(30 * Second);

        var asked = AddressesAsync(target);
        await _time.TimerAsync();
        Assert.Equal(["10.0.0.1:80"], await AddressesAsync(target));
        Assert.False(asked.IsCompleted);
        _time.Advance(Second);

        Assert.Equal(["10.0.0.1:80"], await asked);
        Assert.Equal(2, _lookup.Asked);
    }

    [Fact]
    public async Task Name_ThatIsUnknown_WaitsForTheResolverAsLongAsForAConnection()
    {
        var target = Named();
        var asked = AddressesAsync(target);
        await _time.TimerAsync();
        _time.Advance(4 * Second);
        Assert.False(asked.IsCompleted);
        _time.Advance(Second);

        Assert.Empty(await asked);
    }

    [Fact]
    public async Task Name_WithASource_HasTheAddressesOfItsFamilyAlone()
    {
        var target = Named(IPAddress.Parse("2001:db8::9"));
        _lookup.Answer("10.0.0.1", "2001:db8::1");

        Assert.Equal(["[2001:db8::1]:80"], await AddressesAsync(target));
    }

    private Target Named(IPAddress? source = null) => new(
        new ForwardPlan
        {
            Transparent = false,
            Targets = [new ForwardTarget(new DnsEndPoint("db.internal", 80))],
            Balance = Balance.First,
            ConnectTimeout = 5 * Second,
            Source = source,
        },
        0,
        new ForwardParts("web", _loop, _lookup, _log, _time));

    private static async Task<string[]> AddressesAsync(Target target) =>
        [.. (await target.AddressesAsync().AsTask().WaitAsync(Patience)).Select(address => $"{address}")];

    /// <summary>A resolver that answers when the test says so.</summary>
    private sealed class ScriptedLookup : INameLookup
    {
        private readonly Channel<IPAddress[]> _answers = Channel.CreateUnbounded<IPAddress[]>();

        public int Asked { get; private set; }

        public void Answer(params string[] addresses) => _answers.Writer.TryWrite([.. addresses.Select(IPAddress.Parse)]);

        public void Fail() => _answers.Writer.TryWrite([]);

        public async Task<IPAddress[]> FindAsync(string name)
        {
            Asked++;
            var found = await _answers.Reader.ReadAsync();
            return found is [] ? throw new SocketException((int)SocketError.HostNotFound) : found;
        }
    }
}
