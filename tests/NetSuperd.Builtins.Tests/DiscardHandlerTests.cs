using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 863.</summary>
public sealed class DiscardHandlerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeConnection _connection = new();
    private readonly DiscardHandler _handler = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Datagram_IsThrownAwayWithoutAnAnswer(int length) =>

        // RFC 863: when a datagram is received, it is thrown away. No response is sent.
        Assert.Empty(FakeReply.To(_handler, new byte[length]));

    [Fact]
    public async Task Handle_AnyBytes_AreReceivedAndNothingIsSent()
    {
        _connection.PeerSends(new byte[200_000]);
        _connection.PeerSends(1);
        _connection.PeerEnds();

        await _handler.HandleAsync(_connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal(200_001, _connection.Receives.Sum());
        Assert.Equal(0, _connection.Receives[^1]);
        Assert.DoesNotContain("send", _connection.Calls);
    }

    [Fact]
    public async Task Handle_WhileItWaits_HoldsNoBuffer()
    {
        await BufferUse.AssertReturnedBeforeEveryWaitAsync(_connection, _handler, 64 * 1024);

        Assert.Equal(["wait", "receive", "wait", "receive", "wait", "receive"], _connection.Calls);
    }

    [Fact]
    public Task Handle_TheDaemonStops_EndsByTheToken() => HandlerStop.AssertEndsByTheTokenAsync(_handler, _connection);

    [Fact]
    public void Name_OfTheHandler_IsThatOfTheService() =>
        Assert.Equal("discard", typeof(DiscardHandler).GetCustomAttributes(false).OfType<HandlerAttribute>().Single().Name);
}
