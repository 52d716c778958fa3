using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.FirstBytes;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.Tests.FirstBytes;

/// <summary>The handler that passes connections on by their first bytes, on real connections.</summary>
public sealed class FirstBytesHandlerTests : TestedRunner, IServiceSwitch
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<(string Service, StreamSocket Socket)> _passed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly WatchedTime _time;

    public FirstBytesHandlerTests()
        : this(new WatchedTime())
    {
    }

    private FirstBytesHandlerTests(WatchedTime time)
        : base(time) => _time = time;

    [Theory]
    [InlineData(false, 1)]

    // A unix socket takes few pieces that are not received.
    [InlineData(true, 5)]
    public async Task Handle_AClientHelloInPieces_PassesItOnUnread(bool isUnix, int size)
    {
        var pair = await PairAsync(isUnix);
        Start(pair, Handler(), isBuiltin: true);
        foreach (var piece in Recorded.Tls.Chunk(size))
        {
            Assert.False(_passed.Task.IsCompleted);
            await pair.SendAsync(piece);
            await Loop.TurnAsync();
        }

        Assert.Equal("tls", await ServiceAsync());
        Assert.Equal(Recorded.Tls, await ReadAsync(Recorded.Tls.Length));
    }

    [Fact]
    public async Task Handle_ASilentClient_PassesItOnAfterTheTimeOfItsRule()
    {
        await StartAsync(Handler(), isBuiltin: true);
        await _time.TimerAsync();
        _time.Advance(Silence);

        Assert.Equal("silent", await ServiceAsync());
    }

    [Fact]
    public async Task Handle_AClientThatStopsHalfway_PassesItOnByWhatThereIs()
    {
        var pair = await StartAsync(Handler(), isBuiltin: true);
        await pair.SendAsync(Recorded.Tls.AsMemory(..50));
        while (!_passed.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Loop.TurnAsync();
        }

        Assert.Equal("rest", await ServiceAsync());
        Assert.Equal(Recorded.Tls[..50], await ReadAsync(50));
    }

    [Fact]
    public async Task Handle_AClientThatSendsTooMuchUndecided_PassesItOnByWhatThereIs()
    {
        // Beside the header of its record, this client hello has as many bytes as are looked at.
        var bytes = new byte[ClientHello.MostBytes];
        ((byte[])[0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc]).CopyTo(bytes, 0);
        var pair = await StartAsync(Handler(), isBuiltin: true);
        await pair.SendAsync(bytes.AsMemory(..^1));
        await Loop.TurnAsync();
        Assert.False(_passed.Task.IsCompleted);

        await pair.SendAsync(bytes.AsMemory(^1..));

        Assert.Equal("rest", await ServiceAsync());
        Assert.Equal(bytes, await ReadAsync(bytes.Length));
    }

    [Fact]
    public async Task Handle_AClientThatEndsHalfway_PassesItOnAtTheEnd()
    {
        var pair = await StartAsync(Handler(), isBuiltin: true);
        await pair.SendAsync(Recorded.Tls.AsMemory(..50));
        pair.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("rest", await ServiceAsync());
    }

    [Fact]
    public async Task Handle_AClientThatLeavesWithoutAByte_PassesNothingOn()
    {
        var pair = await StartAsync(Handler(), isBuiltin: true);
        pair.Client.Shutdown(SocketShutdown.Send);

        await Log.WhenAsync(Ended);
        Assert.False(_passed.Task.IsCompleted);
    }

    bool IServiceSwitch.Pass(StreamConnection connection, string service, ReadOnlyMemory<byte> greeting, string? refusal)
    {
        _passed.SetResult((service, ((SocketConnection)connection).GiveAway()!));
        return true;
    }

    private FirstBytesHandler Handler() => new(
        new ServiceInfo("it", Settings.Of(new Dictionary<string, object>
        {
            ["by"] = new List<object>
            {
                Settings.Of(new Dictionary<string, object> { ["tls"] = "alpn:h2", ["service"] = "tls" }),
                Settings.Of(new Dictionary<string, object> { ["timeout"] = "2s", ["service"] = "silent" }),
                Settings.Of(new Dictionary<string, object> { ["service"] = "rest" }),
            },
        })),
        this)
    { Clock = _time };

    private async Task<string> ServiceAsync() => (await _passed.Task.WaitAsync(Patience, Cancel)).Service;

    private async Task<byte[]> ReadAsync(int count)
    {
        var buffer = new byte[count + 1];
        var received = (await _passed.Task).Socket.Receive(buffer);
        return buffer[..received.Count];
    }
}
