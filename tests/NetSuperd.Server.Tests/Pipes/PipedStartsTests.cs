using NetSuperd.Server.Pipes;

namespace NetSuperd.Server.Tests.Pipes;

/// <summary>The order and the number of starts.</summary>
public sealed class PipedStartsTests
{
    private const int MostAtOnce = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PipedStarts _starts = new();
    private readonly List<int> _started = [];
    private readonly TaskCompletionSource _goes = NewSource();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_ManyTogether_StartsOneAfterTheOther()
    {
        for (var round = 0; round < 3; round++)
        {
            var before = _started.Count;
            Add(before, 20);
            _goes.TrySetResult();

            await _starts.WhenStartedAsync().WaitAsync(Patience, Cancel);

            Assert.Equal(Enumerable.Range(0, before + 20), _started);
        }
    }

    [Fact]
    public async Task WhenStarted_BeforeALaterStart_DoesNotWaitForIt()
    {
        Add(0, 2);
        var settled = _starts.WhenStartedAsync();
        var later = NewSource();
        Add(2, 1, later);

        Assert.False(settled.IsCompleted);
        _goes.TrySetResult();

        await settled.WaitAsync(Patience, Cancel);
        Assert.Equal(2, _started.Count);
        Assert.False(_starts.WhenStartedAsync().IsCompleted);
        later.SetResult();
        await _starts.WhenStartedAsync().WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task MustWait_AtTheMost_TellsOnceWhenThereIsRoom()
    {
        var waiter = new Waiter();
        Add(0, MostAtOnce - 1);
        Assert.False(_starts.MustWait(waiter));

        Add(MostAtOnce - 1, 1);
        Assert.True(_starts.MustWait(waiter));
        Assert.True(_starts.MustWait(waiter));
        Assert.False(waiter.Room.Task.IsCompleted);
        _goes.TrySetResult();

        await waiter.Room.Task.WaitAsync(Patience, Cancel);
        await _starts.WhenStartedAsync().WaitAsync(Patience, Cancel);
        Assert.False(_starts.MustWait(waiter));
        Assert.Equal(1, waiter.Calls);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(int first, int count, TaskCompletionSource? goes = null)
    {
        for (var i = first; i < first + count; i++)
        {
            var number = i;
            _starts.Add(() =>
            {
                (goes ?? _goes).Task.Wait(Cancel);
                _started.Add(number);
            });
        }
    }

    private sealed class Waiter : IWaitsForRoom
    {
        public TaskCompletionSource Room { get; } = NewSource();

        public int Calls { get; private set; }

        public void RoomMade()
        {
            Calls++;
            Room.TrySetResult();
        }
    }
}
