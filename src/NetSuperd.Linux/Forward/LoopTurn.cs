using NetSuperd.Platform;

namespace NetSuperd.Linux.Forward;

/// <summary>Brings a method back to the loop after it has waited for something that completes on another thread.</summary>
internal sealed class LoopTurn : ILoopWork
{
    // Its continuations run where it completes.
    private readonly TaskCompletionSource _turn = new();

    /// <summary>Completes on the loop.</summary>
    public static Task On(EventLoop loop)
    {
        var turn = new LoopTurn();
        loop.Post(turn);
        return turn._turn.Task;
    }

    /// <inheritdoc/>
    public void Run() => _turn.SetResult();
}
