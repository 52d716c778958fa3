using System.Net;
using NetSuperd.Native;

namespace NetSuperd.Server.Forward;

/// <summary>A connection to an address of a target that is being made. It is used on the loop alone.</summary>
internal sealed class TargetConnect : IWatcher, ILoopWork
{
    // A unix socket whose backlog is full does not say when it has room again (connect(2), EAGAIN).
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    // Its continuations run on the loop, where it completes.
    private readonly TaskCompletionSource<Errno?> _done = new();
    private readonly StreamSocket _socket;

    private TargetConnect(StreamSocket socket) => _socket = socket;

    /// <summary>Connects.</summary>
    /// <param name="target">The address.</param>
    /// <param name="source">The own address; null: the system chooses it.</param>
    /// <param name="longest">How long it may take.</param>
    /// <param name="parts">The loop and the clock.</param>
    /// <returns>The connection; or why there is none.</returns>
    public static async ValueTask<ConnectStart> ConnectAsync(EndPoint target, IPAddress? source, TimeSpan longest, ForwardParts parts)
    {
        var began = parts.Time.GetTimestamp();
        var start = StreamConnect.Begin(target, source);
        while (start.Failure == Errno.EAGAIN && parts.Time.GetElapsedTime(began) < longest)
        {
            await Task.Delay(RetryInterval, parts.Time, CancellationToken.None).ConfigureAwait(false);
            await LoopTurn.On(parts.Loop).ConfigureAwait(false);
            start = StreamConnect.Begin(target, source);
        }

        if (start.Socket is not { } socket || start.Failure is null)
        {
            return start;
        }

        var failure = await new TargetConnect(socket).WaitAsync(longest, parts).ConfigureAwait(false);
        if (failure is null)
        {
            return new ConnectStart(socket, null);
        }

        socket.Dispose();
        return new ConnectStart(null, failure);
    }

    /// <summary>The system has connected, or failed to.</summary>
    public void Ready(Events events) => _done.TrySetResult(_socket.TakeFailure());

    /// <summary>The time is over.</summary>
    public void Run() => _done.TrySetResult(Errno.ETIMEDOUT);

    private async Task<Errno?> WaitAsync(TimeSpan longest, ForwardParts parts)
    {
        var token = parts.Loop.Watch(_socket, this, Events.Write | Events.Edge);
        using var timer = parts.Time.CreateTimer(_ => parts.Loop.Post(this), null, longest, Timeout.InfiniteTimeSpan);
        var failure = await _done.Task.ConfigureAwait(false);
        parts.Loop.Forget(_socket, token);
        return failure;
    }
}
