using NetSuperd.Control;
using NetSuperd.Logging;

namespace NetSuperd.Hosting;

/// <content>Changes, whether a signal or a command asks for them, are made one after the other, and none is lost without a word.</content>
internal sealed partial class Daemon
{
    // A restart that is under way ends within that time (Successor); a stop does not wait for a change that hangs.
    private static readonly TimeSpan ChangePatience = TimeSpan.FromSeconds(8);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _signalling = new();
    private Task _signalled = Task.CompletedTask;

    private string? Obstacle => _successor is { } successor ? $"process {successor.Pid} has replaced this one"
        : lifetime.StopRequested ? "the daemon is stopping" : null;

    /// <summary>Stops, at once or in order. If a restart is under way, the successor is stopped too.</summary>
    /// <returns>The process that is the last to end.</returns>
    public async Task<int> StopAsync(bool now)
    {
        lifetime.Stop(now);
        await WaitForChangeAsync();
        _successor?.Stop(now);
        return _successor?.Pid ?? Environment.ProcessId;
    }

    /// <summary>Makes a change once the changes before it are done, or refuses it where this process may no longer be changed.</summary>
    public async Task<ControlAnswer> InTurnAsync(Func<Task<ControlAnswer>> act)
    {
        await _turn.WaitAsync();
        try
        {
            return Obstacle is { } obstacle
                ? ControlAnswer.Of(ExitStatus.System, $"netsuperd: {obstacle}{(_successor is null ? "" : "; try again")}")
                : await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Waits for the change that is under way, as long as a change may take that does not hang. After a stop no further change begins.
    /// </summary>
    private async Task WaitForChangeAsync()
    {
        if (await _turn.WaitAsync(ChangePatience))
        {
            _turn.Release();
        }
        else
        {
            logger.ChangeAbandoned();
        }
    }

    /// <summary>
    /// Does what a signal asks for on a thread of the pool, so that other signals need not wait. The log has the outcome.
    /// </summary>
    /// <param name="signal">The signal.</param>
    /// <param name="act">Does it.</param>
    /// <param name="passOn">
    /// Passes the request on to a successor that took over after the signal had come; null: the successor need not do it.
    /// </param>
    private void OnSignal(string signal, Func<Task> act, Action<ISuccessor>? passOn = null)
    {
        var isDaemon = _successor is null;
        lock (_signalling)
        {
            _signalled = Task.WhenAll(_signalled, Task.Run(async () =>
            {
                await _turn.WaitAsync();
                try
                {
                    if (isDaemon && passOn is not null && _successor is { } successor)
                    {
                        passOn(successor);
                        logger.SignalPassedOn(signal, successor.Pid);
                    }
                    else if (Obstacle is { } obstacle)
                    {
                        logger.SignalIgnored(signal, obstacle);
                    }
                    else
                    {
                        await act();
                    }
                }
                catch (Exception failure)
                {
                    logger.SignalFailed(failure);
                }
                finally
                {
                    _turn.Release();
                }
            }));
        }
    }
}
