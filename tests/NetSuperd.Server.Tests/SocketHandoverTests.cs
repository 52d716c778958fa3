using System.Net;
using NetSuperd.Linux.Listen;
using NetSuperd.Linux.Spawn;
using NetSuperd.Native;

namespace NetSuperd.Server.Tests;

/// <summary>What a process that is to serve the sockets gets, and what it waits for.</summary>
[Collection(RunsAlone.Name)]
public sealed class SocketHandoverTests : TestedSockets
{
    private readonly SocketHandover _handover;

    public SocketHandoverTests()
        : base(Maps.Tcp(0, IPAddress.Loopback)) => _handover = new SocketHandover(Sockets, Spawner);

    [Fact]
    public void Copies_OfTheSockets_AreDescriptorsOfTheirOwn()
    {
        var (handle, name) = Assert.Single(_handover.Copies());
        using (handle)
        {
            Assert.Equal(Inheritance.StoreName(Sockets.Listeners[0].Sockets.Single().Place), name);
            Assert.NotEqual(Sockets.Listeners[0].Sockets.Single().Socket.Handle, handle.DangerousGetHandle());
        }
    }

    [Fact]
    public async Task ClosePipes_AProcessThatWaits_ReadsTheEndOfThePipe()
    {
        var handles = _handover.CopiesWithChildren();
        var name = Inheritance.StoreName(Sockets.Listeners[0].Sockets.Single().Place);
        Assert.Equal([name, Inheritance.ReleaseName], handles.Select(copy => copy.Name));
        using var waits = new Epoll();
        waits.Add(handles[1].Handle, 7);
        var end = WaitAsync(waits);
        Assert.False(end.IsCompleted);

        _handover.ClosePipes();

        Assert.Equal(7, await end);
        foreach (var (handle, _) in handles)
        {
            handle.Dispose();
        }
    }

    [Fact]
    public async Task CopiesWithChildren_AskedForAgain_LeaveNoPipeOfTheFirstTime()
    {
        var first = _handover.CopiesWithChildren();
        var second = _handover.CopiesWithChildren();
        using var waits = new Epoll();
        waits.Add(first[1].Handle, 1);
        waits.Add(second[1].Handle, 2);

        Assert.Equal(1, await WaitAsync(waits));
        _handover.ClosePipes();
        foreach (var (handle, _) in first.Concat(second))
        {
            handle.Dispose();
        }
    }

    private static Task<long> WaitAsync(Epoll waits) => Task.Run(
        () =>
        {
            var ready = new List<long>();
            waits.Wait(null, ready);
            return ready[0];
        },
        Cancel).WaitAsync(Patience, Cancel);
}
