using System.Buffers;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 862.</summary>
public sealed class EchoHandlerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeConnection _connection = new();
    private readonly EchoHandler _handler = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_507)]
    public void Datagram_OfAnyLength_IsSentBackInOne(int length)
    {
        // RFC 862: the data from it is sent back in an answering datagram.
        var data = new byte[length];
        Random.Shared.NextBytes(data);

        Assert.Equal(data, Assert.Single(FakeReply.To(_handler, data)));
    }

    [Fact]
    public async Task Handle_SplitReceives_ComeBackInOrderUntilTheEnd()
    {
        _connection.PeerSends(1, 2, 3);
        _connection.PeerSends(4);
        _connection.PeerSends(5, 6);
        _connection.PeerEnds();

        await _handler.HandleAsync(_connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal([1, 2, 3, 4, 5, 6], _connection.Sent);
        Assert.Equal([3, 1, 2, 0], _connection.Receives);
    }

    [Fact]
    public async Task Handle_MoreThanABuffer_ComesBackWhole()
    {
        var bytes = new byte[300_001];
        Random.Shared.NextBytes(bytes);
        _connection.PeerSends(bytes);
        _connection.PeerEnds();

        await _handler.HandleAsync(_connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal(bytes, _connection.Sent);
    }

    [Fact]
    public async Task Handle_AnImmediateEnd_SendsNothingAndReturns()
    {
        _connection.PeerEnds();

        await _handler.HandleAsync(_connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.Empty(_connection.Sent);
        Assert.DoesNotContain("send", _connection.Calls);
    }

    [Fact]
    public async Task Handle_AnAnswer_DoesNotWaitForTheEndOfTransmission()
    {
        var handling = _handler.HandleAsync(_connection, Cancel);
        _connection.PeerSends(1);
        await _connection.Idle.Task.WaitAsync(Patience, Cancel);
        _connection.PeerSends(2);
        _connection.PeerEnds();

        await handling.WaitAsync(Patience, Cancel);
        Assert.Equal([1, 2], _connection.Sent);
    }

    [Fact]
    public async Task Handle_WhileItWaits_HoldsNoBuffer()
    {
        await BufferUse.AssertReturnedBeforeEveryWaitAsync(_connection, _handler, 4 * 1024);

        Assert.Equal(["wait", "receive", "send", "wait", "receive", "send", "wait", "receive"], _connection.Calls);
    }

    [Fact]
    public async Task Handle_ASendThatFails_PassesItOnAndReceivesNoMore()
    {
        _connection.SendFailure = new ConnectionClosedException("reset");
        _connection.PeerSends(1);
        _connection.PeerSends(2);

        var failure = await Assert.ThrowsAsync<ConnectionClosedException>(
            () => _handler.HandleAsync(_connection, Cancel).WaitAsync(Patience, Cancel));
        Assert.Same(_connection.SendFailure, failure);
        Assert.Equal(["wait", "receive", "send"], _connection.Calls);
    }

    [Fact]
    public Task Handle_TheDaemonStops_EndsByTheToken() => HandlerStop.AssertEndsByTheTokenAsync(_handler, _connection);

    [Fact]
    public void Name_OfTheHandler_IsThatOfTheService() =>
        Assert.Equal("echo", typeof(EchoHandler).GetCustomAttributes(false).OfType<HandlerAttribute>().Single().Name);

    [Fact]
    public void BufferUse_OfTheSharedPool_IsSeen()
    {
        // What AssertReturnedBeforeEveryWait relies on: the pool gives a thread back the array that it returned last.
        var first = ArrayPool<byte>.Shared.Rent(4 * 1024);
        ArrayPool<byte>.Shared.Return(first);
        var second = ArrayPool<byte>.Shared.Rent(4 * 1024);
        Assert.Same(first, second);
        var third = ArrayPool<byte>.Shared.Rent(4 * 1024);
        Assert.NotSame(second, third);
        ArrayPool<byte>.Shared.Return(second);
        ArrayPool<byte>.Shared.Return(third);
    }
}
