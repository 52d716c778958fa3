using System.Net;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

public sealed class ReadableTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop;
    private readonly BoundSocket _socket = Bind();

    public ReadableTests() => _loop = new EventLoop("test", new Epoll(), _log.LoopFailed);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loop.Dispose();
        _socket.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task WhenAsync_ASetThatCannotBeWatched_LeavesNothingWatched()
    {
        var closed = Bind();
        closed.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Readable.WhenAsync(
            _loop, [_socket.Socket.SafeHandle, closed.Socket.SafeHandle], Cancel));

        var readable = Readable.WhenAsync(_loop, [_socket.Socket.SafeHandle], Cancel);
        _socket.Socket.SendTo("x"u8, _socket.Socket.LocalEndPoint!);

        await readable.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task WhenAsync_Cancelled_LeavesNothingWatched()
    {
        using var stopping = new CancellationTokenSource();
        var cancelled = Readable.WhenAsync(_loop, [_socket.Socket.SafeHandle], stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience, Cancel));

        _socket.Socket.SendTo("x"u8, _socket.Socket.LocalEndPoint!);
        await Readable.WhenAsync(_loop, [_socket.Socket.SafeHandle], Cancel).WaitAsync(Patience, Cancel);
    }

    private static BoundSocket Bind()
    {
        var port = Maps.Tcp(0, IPAddress.Loopback);
        var udp = port with { Key = port.Key with { Transport = Transport.Udp } };
        return BoundSocket.Bind(new LinuxHost(), new SocketPlace(udp, IPAddress.Loopback));
    }
}
