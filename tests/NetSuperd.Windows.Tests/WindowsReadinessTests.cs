using System.Diagnostics;
using NetSuperd.Platform;
using NetSuperd.Systems;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>Waiting with a completion port: no operation is left when a set or a socket is closed.</summary>
public sealed class WindowsReadinessTests() : ReadinessSystemTests(WindowsSystem.Instance)
{
    private const Events Connection = Events.Read | Events.End | Events.Edge;

    private WindowsReadiness Port => (WindowsReadiness)Set;

    /// <summary>Wine ends a connection in order in any case; Windows resets one whose receive is pending at the close.</summary>
    [Fact]
    public void Dispose_OfAWatchedConnection_EndsItInOrder()
    {
        var (client, server) = Connect();
        Set.Add(server, 1, Events.Read | Events.End | Events.Edge);
        Assert.Equal(3, server.Send("bye"u8).Count);

        server.Dispose();
        var buffer = new byte[10];
        Assert.Equal(3, client.Receive(buffer));
        Assert.Equal(0, client.Receive(buffer));
    }

    public override void Dispose()
    {
        Set.Dispose();
        Assert.Equal(0, Port.Pending.Value);
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Add_ASocketOfAnotherSet_NamesTheCall()
    {
        var (_, server) = Connect();
        Set.Add(server, 5);
        using var other = new WindowsReadiness();

        Assert.Equal(Errno.EEXIST, Assert.Throws<CallException>(() => other.Add(server, 6)).Errno);
        Assert.Equal((1, 0), (Port.Count, other.Count));
    }

    [Fact]
    public void Dispose_OfWatchedSockets_LeavesNoOperation()
    {
        var (_, server) = Connect();
        var (_, sending) = Connect();
        var (_, resting) = Connect();
        var listener = Listen();
        Set.Add(server, 1, Connection);
        Set.Add(sending, 2, Connection | Events.Write);
        Set.Add(resting, 3, Events.None);
        Set.Add(listener.SafeHandle, 4);
        Assert.True(Port.Pending.Value >= 4);

        server.Dispose();
        sending.Reset();
        resting.Finish();
        listener.Dispose();
        Assert.All(Until(() => Port.Count == 0 && Port.Pending.Value == 0), found => Assert.Equal(2, found.Token));
    }

    private List<(long Token, Events Events)> Until(Func<bool> condition)
    {
        var all = new List<(long Token, Events Events)>();
        for (var began = Stopwatch.GetTimestamp(); !condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{Port.Count} sockets, {Port.Pending.Value} operations");
            all.AddRange(Now());
        }

        return all;
    }
}
