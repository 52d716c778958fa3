using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;

namespace NetSuperd.Hosting;

/// <summary>
/// What the system asks of the daemon, at any time and from any thread: to stop, a second time to stop at once, to reload the map, to
/// reopen the log, to restart. The host's own lifetime swallows a second request to stop and knows none of the others.
/// </summary>
internal sealed class DaemonLifetime : IHostLifetime, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _now = new();
    private ILogger? _logger;
    private volatile bool _isAsked;

    /// <summary>Ends the process where the stop hangs.</summary>
    public StopGuard Guard { get; } = new();

    /// <summary>Fires at the second request to stop.</summary>
    public CancellationToken Now => _now.Token;

    /// <summary>Fires at the first request to stop.</summary>
    public CancellationToken StopToken => _stop.Token;

    /// <summary>Whether the daemon was told to stop.</summary>
    public bool StopRequested => _isAsked;

    /// <summary>What reopens the log.</summary>
    public Action? ReopenLog { get; set; }

    /// <summary>What reloads the map; it gets the name of the signal.</summary>
    public Action<string>? Reload { get; set; }

    /// <summary>What restarts the daemon; it gets the name of the signal.</summary>
    public Action<string>? Restart { get; set; }

    /// <summary>Passes a stop on to the host, even a stop that came before there was a host.</summary>
    public void Attach(IHostApplicationLifetime host, ILogger logger)
    {
        _logger = logger;
        _stop.Token.Register(host.StopApplication);
    }

    /// <summary>Stops the daemon; the second time at once.</summary>
    public void Stop() => Stop(now: StopRequested);

    /// <summary>Stops the daemon, at once or in order. The method returns immediately and leaves the work to the thread pool.</summary>
    public void Stop(bool now)
    {
        _isAsked = true;
        Guard.Ask(now);
        Queue(() =>
        {
            if (now)
            {
                _now.Cancel();
            }

            _stop.Cancel();
        });
    }

    /// <summary>Reopens the log, on the thread pool.</summary>
    public void AskToReopen() => Queue(() => ReopenLog?.Invoke());

    /// <summary>Reloads the map, on the thread pool.</summary>
    /// <param name="signal">The name of the signal, for the log.</param>
    public void AskToReload(string signal) => Queue(() => Do(Reload, signal));

    /// <summary>Restarts the daemon, on the thread pool.</summary>
    /// <inheritdoc cref="AskToReload"/>
    public void AskToRestart(string signal) => Queue(() => Do(Restart, signal));

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        // A late signal may still ask for the tokens.
    }

    private static void Queue(Action action) => ThreadPool.UnsafeQueueUserWorkItem(act => act(), action, preferLocal: false);

    private void Do(Action<string>? action, string signal)
    {
        if (action is null)
        {
            _logger?.SignalIgnored(signal, "the daemon has not started yet");
        }

        action?.Invoke(signal);
    }
}
