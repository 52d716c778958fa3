using NetSuperd.Platform;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>The children of <c>processes</c> as one holder of their sockets.</summary>
public sealed class SiblingsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(7);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ended_WhileAChildMayStillBeAdded_IsNotComplete()
    {
        var siblings = Make();
        var first = new Child();
        Assert.True(siblings.TryAdd(first));
        first.Finish();
        await UntilAsync(() => siblings.Living().Count == 0);

        Assert.False(siblings.Ended.IsCompleted);
        siblings.Close();
        await siblings.Ended.WaitAsync(Patience, Cancel);
        Assert.False(siblings.IsEnding);
    }

    [Fact]
    public async Task Ended_AfterTheLastChild_IsComplete()
    {
        var siblings = Make();
        var (first, second) = (new Child(), new Child());
        siblings.TryAdd(first);
        siblings.TryAdd(second);
        siblings.Close();
        first.Finish();
        await UntilAsync(() => siblings.Living().Count == 1);
        Assert.False(siblings.Ended.IsCompleted);

        second.Finish();

        await siblings.Ended.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public void End_AsksEveryChildAndAddsNone()
    {
        var siblings = Make();
        var (first, second) = (new Child { StopSignal = SignalName.SIGQUIT }, new Child { StopSignal = SignalName.SIGINT });
        siblings.TryAdd(first);
        siblings.TryAdd(second);
        Assert.Equal(SignalName.SIGINT, siblings.StopSignal);

        siblings.End(Drain);

        Assert.Equal((Drain, Drain), (first.Drain, second.Drain));
        Assert.True(siblings.IsEnding);
        Assert.False(siblings.TryAdd(new Child()));
    }

    private static Siblings Make() => new("some", SignalName.SIGTERM, []);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Patience);
        while (!holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Child : ISocketHolder
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Definition => "some";

        public int StopSignal { get; init; }

        public Task Ended => _ended.Task;

        public bool IsEnding => Drain is not null;

        public IReadOnlySet<int> Leaders => new HashSet<int>();

        public Task Asked => Task.CompletedTask;

        public TimeSpan? Drain { get; private set; }

        public void End(TimeSpan drain) => Drain = drain;

        public void Finish() => _ended.SetResult();
    }
}
