using System.Net;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests;

/// <summary>What a daemon tells its successor.</summary>
public sealed class HandoverTests : TestedSockets
{
    private readonly Gates _gates;

    public HandoverTests()
        : base(Maps.Tcp(0, IPAddress.Loopback), Maps.Tcp(0, IPAddress.Parse("127.0.0.2"), Maps.Handler("other")))
    {
        _gates = new Gates(Log, TimeProvider.System);
        _gates.Apply(Map);
    }

    [Fact]
    public async Task Of_ADaemon_HasItsCountsAndWhatAnOperatorHasChanged()
    {
        using var pair = await SocketPair.TcpAsync();
        var id = Tally.Open("echo", pair.Server).Id;
        _gates.CountElsewhere(new Dictionary<string, int> { ["echo"] = 3 });
        await Sockets.PauseAsync("echo");
        await Sockets.StopAsync("other", TimeSpan.Zero);

        var handover = Handover.Of(Sockets, Tally, _gates);

        Assert.Equal((Environment.ProcessId, id + Handover.Gap), (handover.Pid, handover.LastId));
        Assert.Equal(["echo"], handover.Paused);
        Assert.Equal(["other"], handover.Stopped!);
        Assert.Equal([new("echo", 3)], handover.Live!);
        Assert.Empty(handover.Children!);
        Assert.Empty(handover.Servers!);
    }
}
