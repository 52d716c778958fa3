using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// The loop of listening sockets that several children share: they are started before a client comes, and the kernel gives each client to
/// one of them. A child that has ended is replaced.
/// </summary>
/// <remarks>
/// The children are in numbered places, and each place replaces its child. When another map has fewer places, a place beyond them asks its
/// child to end. Children that were asked to end because no client came are started again by the next client.
/// </remarks>
/// <param name="listener">The listener.</param>
/// <param name="loop">Watches the sockets.</param>
/// <param name="sockets">The sockets.</param>
/// <param name="starts">Holds starts back during a restart.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class PreforkLoop(
    Listener listener, EventLoop loop, IReadOnlyList<BoundSocket> sockets, StartTurn starts, ILogger logger, TimeProvider time)
    : IListenLoop
{
    // The times of a service change by the minute.
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly Backoff Pauses = new(first: TimeSpan.FromMilliseconds(100), longest: TimeSpan.FromSeconds(10));

    private volatile Assignment? _assignment;
    private TaskCompletionSource _changed = NewSource();
    private Siblings? _siblings;
    private volatile bool _needsClient;
    private int _pausing;

    /// <inheritdoc/>
    public string? Trouble => _siblings is { IsEnding: false } siblings && Volatile.Read(ref _pausing) > 0
        ? $"{siblings.Living().Count} of {Wanted} children run: a child that has failed is replaced after a pause"
        : null;

    private int Wanted => _assignment!.Service.Program!.Processes ?? 1;

    private IReadOnlyList<SafeHandle> Handles => [.. sockets.Select(socket => socket.Socket.SafeHandle)];

    private string Name => _assignment!.Service.Name;

    private string Local { get; } = string.Join(" and ", sockets.Select(socket => socket.Local));

    /// <inheritdoc/>
    public void Assign(Assignment assignment)
    {
        _assignment = assignment;
        Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
    }

    /// <inheritdoc/>
    /// <remarks>Children that run when the loop is stopped keep running, and the next loop takes them over.</remarks>
    public async Task RunAsync(CancellationToken stopping)
    {
        var backoff = Pauses;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Waits until the predecessor has closed the sockets: it starts no more children then.
                await Task.WhenAll(sockets.Select(socket => socket.Released)).WaitAsync(stopping).ConfigureAwait(false);
                var adopted = Siblings.Adoptable(_assignment!, sockets) ?? [];
                if (adopted.Count == 0)
                {
                    await Task.WhenAll(sockets.Select(socket => socket.Unshared)).WaitAsync(stopping).ConfigureAwait(false);
                    if (!SocketRepair.AreSound(sockets, logger)
                        || sockets.Any(socket => SocketAbsence.LossOf(socket, isServed: true) is not null))
                    {
                        return;
                    }

                    await (_needsClient ? Readable.WhenAsync(loop, Handles, stopping) : Task.CompletedTask).ConfigureAwait(false);
                }

                await ServeAsync(adopted, stopping).ConfigureAwait(false);
                backoff.Reset();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // No failure ends the loop.
                logger.ListenerFailed(Local, Name, failure.Message);
                await Task.Delay(backoff.Next(), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Keeps the children running until they are asked to end.</summary>
    private async Task ServeAsync(IReadOnlyList<ISocketHolder> adopted, CancellationToken stopping)
    {
        var assignment = _assignment!;
        var siblings = _siblings = new Siblings(assignment.Definition, assignment.Service.Program!.StopSignal, sockets);
        foreach (var child in adopted)
        {
            siblings.TryAdd(child);
        }

        foreach (var socket in sockets)
        {
            socket.LeaveTo(siblings);
        }

        // The pipe of a predecessor stands for no child of its own.
        var running = new Queue<ISocketHolder>(adopted.Where(child => child is not OtherProcesses { Pid: null }));
        var places = new List<Task>();

        // One place starts a child at a time, so that the gates refuse a client once.
        using var starting = new SemaphoreSlim(1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            while (!siblings.Closed.IsCompleted)
            {
                var changed = Volatile.Read(ref _changed).Task;
                Fill(places, Math.Max(Wanted, running.Count), number =>
                    KeepAsync(siblings, number, running.TryDequeue(out var child) ? child : null, starting, over.Token));
                listener.Note();
                await Task.WhenAny(siblings.Closed, changed).WaitAsync(stopping).ConfigureAwait(false);
            }

            await siblings.Ended.WaitAsync(stopping).ConfigureAwait(false);
            _needsClient |= listener.WereIdle(siblings);
        }
        finally
        {
            siblings.Close();
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(places).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts the places that are not kept.</summary>
    private static void Fill(List<Task> places, int count, Func<int, Task> keep)
    {
        for (var number = 0; number < count; number++)
        {
            if (number == places.Count)
            {
                places.Add(keep(number));
            }
            else if (places[number].IsCompleted)
            {
                places[number] = keep(number);
            }
        }
    }

    /// <summary>Keeps a child running in a place, as long as the map has the place.</summary>
    private async Task KeepAsync(
        Siblings siblings, int number, ISocketHolder? child, SemaphoreSlim starting, CancellationToken over)
    {
        var backoff = Pauses;
        while (!over.IsCancellationRequested && !siblings.Closed.IsCompleted && (child is not null || number < Wanted))
        {
            var pause = TimeSpan.Zero;
            try
            {
                var started = child is null ? await StartAsync(siblings, number, starting, over).ConfigureAwait(false) : null;
                if ((child ?? started?.Child) is { } running)
                {
                    await UntilEndedAsync(running, number, over).ConfigureAwait(false);
                }

                child = null;
                if (started is not null && await WhyToPauseAsync(started).ConfigureAwait(false) is { } outcome)
                {
                    pause = outcome == ChildOutcome.Refused ? Minute : backoff.Next();
                    LogPause(started, outcome, pause);
                }
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // No failure ends a place: its child would never be replaced.
                pause = backoff.Next();
                logger.ListenerFailed(Local, Name, failure.Message);
            }

            if (pause == TimeSpan.Zero)
            {
                backoff.Reset();
                continue;
            }

            Interlocked.Increment(ref _pausing);
            await Task.Delay(pause, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Decrement(ref _pausing);
        }
    }

    /// <summary>Starts a child, once the gates and a restart allow it.</summary>
    /// <returns>The child; null where it is not to be started, or not now.</returns>
    private async Task<StartedChild?> StartAsync(Siblings siblings, int number, SemaphoreSlim starting, CancellationToken over)
    {
        await starting.WaitAsync(over).ConfigureAwait(false);
        try
        {
            // During a handover the place is left to the successor, with its share of the limits.
            await starts.WhenFreeAsync(over).ConfigureAwait(false);
            var assignment = _assignment!;
            if (assignment.Definition != siblings.Definition)
            {
                // What is left of them serves to its own end, and the new map starts its own children then.
                siblings.Close();
            }

            if (siblings.Closed.IsCompleted || number >= Wanted
                || await assignment.Receiver.EnterAsync(assignment.Service, over).ConfigureAwait(false) is not { } start)
            {
                return null;
            }

            await starts.EnterAsync(start, over).ConfigureAwait(false);
            try
            {
                return await StartAsync(siblings, assignment, start).ConfigureAwait(false);
            }
            finally
            {
                starts.Leave();
            }
        }
        finally
        {
            starting.Release();
        }
    }

    private async Task<StartedChild?> StartAsync(Siblings siblings, Assignment assignment, IChildStart start)
    {
        var child = new SharingChild(assignment);
        foreach (var socket in sockets)
        {
            SharedSocket.Block(socket.Socket);
        }

        List<PendingConnections> before = [.. sockets.Select(PendingConnections.Of)];
        var isAlone = siblings.Living().Count == 0;
        if (assignment != _assignment || !siblings.TryAdd(child))
        {
            // Another map is in force, or all of them end, and the child would not be asked.
            child.NotStarted();
            start.Dispose();
            return null;
        }

        var began = time.GetTimestamp();
        var outcome = child.RunAsync(start, sockets, sender: null, isWoken: _needsClient && isAlone);
        _needsClient = isAlone && outcome.IsCompleted && await outcome.ConfigureAwait(false) == ChildOutcome.Refused;
        if (_needsClient)
        {
            siblings.Close();
        }

        listener.Note();
        return new StartedChild(child, outcome, sockets, before, began, time);
    }

    /// <summary>Waits for the end of a child, which is asked to end when the map no longer has its place.</summary>
    private async Task UntilEndedAsync(ISocketHolder child, int number, CancellationToken over)
    {
        while (!child.Ended.IsCompleted)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (number >= Wanted && _assignment!.Service.Program!.OnChange == ChangeAction.Replace
                && child.TryEnd(definition: null, _assignment.Drain))
            {
                logger.ChildEnding(Name, Local, "changed");
            }

            await Task.WhenAny(child.Ended, changed).WaitAsync(over).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Why the next child is not started at once: the last one was not started, was not admitted although others serve, or ended without
    /// having served any client.
    /// </summary>
    private async Task<ChildOutcome?> WhyToPauseAsync(StartedChild started)
    {
        var outcome = await started.Outcome.ConfigureAwait(false);
        if (outcome != ChildOutcome.Ran)
        {
            return outcome == ChildOutcome.NotRan || !_needsClient ? outcome : null;
        }

        return started.HasEndedEarly() ? outcome : null;
    }

    private void LogPause(StartedChild started, ChildOutcome outcome, TimeSpan pause)
    {
        if (outcome == ChildOutcome.NotRan)
        {
            logger.WaitNotStarted(Name, Local, pause.TotalSeconds);
        }
        else if (outcome == ChildOutcome.Ran)
        {
            logger.ChildEndsEarly(Name, Local, started.Age.TotalSeconds, pause.TotalSeconds);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
