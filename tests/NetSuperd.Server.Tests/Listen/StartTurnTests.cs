using System.Net;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>Starts wait while they are held back.</summary>
public sealed class StartTurnTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StartTurn _turn = new();

    public void Dispose() => _turn.Dispose();

    [Fact]
    public async Task Enter_WhileHeld_WaitsForTheRelease()
    {
        await _turn.HoldAsync();
        var start = new Start();
        var free = _turn.WhenFreeAsync(CancellationToken.None);
        var entered = _turn.EnterAsync(start, CancellationToken.None);
        Assert.False(free.IsCompleted || entered.IsCompleted);

        _turn.Release();

        await free.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await entered.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(start.IsDisposed);
    }

    [Fact]
    public async Task Hold_WhileAStartIsUnderWay_WaitsForIt()
    {
        await _turn.EnterAsync(CancellationToken.None);
        var held = _turn.HoldAsync();
        Assert.False(held.IsCompleted);

        _turn.Leave();

        await held.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Enter_ThatIsCancelled_DisposesOfTheStart()
    {
        await _turn.HoldAsync();
        using var stopping = new CancellationTokenSource();
        var start = new Start();
        var entered = _turn.EnterAsync(start, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entered.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.True(start.IsDisposed);
    }

    private sealed class Start : IChildStart
    {
        public bool IsDisposed { get; private set; }

        public ConnectionRecord? Record => null;

        public Task<ChildOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken, EndRequest asked) =>
            throw new InvalidOperationException("nothing is started");

        public void Dispose() => IsDisposed = true;
    }
}
