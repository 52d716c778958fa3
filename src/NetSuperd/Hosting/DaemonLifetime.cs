using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>
/// The signals of the daemon: TERM, INT and QUIT stop it, a second one stops it at once; HUP reloads the map, USR1 reopens the log file,
/// USR2 restarts. The host's own lifetime swallows a second TERM and handles none of the others.
/// </summary>
internal sealed class DaemonLifetime : IHostLifetime, IDisposable
{
    // PosixSignal names only some signals; Create takes the others by number (signal(7), x86-64 and aarch64).
    private const PosixSignal SIGUSR1 = (PosixSignal)SignalName.SIGUSR1;
    private const PosixSignal SIGUSR2 = (PosixSignal)SignalName.SIGUSR2;

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _now = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Dictionary<int, Action> _actions;
    private ILogger? _logger;
    private volatile bool _isAsked;

    /// <summary>Registers every signal, so that none of them kills the process while it starts.</summary>
    public DaemonLifetime()
    {
        _actions = new()
        {
            [SignalName.SIGTERM] = Stop,
            [SignalName.SIGINT] = Stop,
            [SignalName.SIGQUIT] = Stop,
            [SignalName.SIGUSR1] = () => Queue(() => ReopenLog?.Invoke()),
            [SignalName.SIGHUP] = () => Queue(() => Do(Reload, "HUP")),
            [SignalName.SIGUSR2] = () => Queue(() => Do(Restart, "USR2")),
        };
        On(PosixSignal.SIGTERM, Stop);
        On(PosixSignal.SIGINT, Stop);
        On(PosixSignal.SIGQUIT, Stop);
        On(SIGUSR1, _actions[SignalName.SIGUSR1]);
        On(PosixSignal.SIGHUP, _actions[SignalName.SIGHUP]);
        On(SIGUSR2, _actions[SignalName.SIGUSR2]);
        _ = SignalDelivery.Take(Receive);
    }

    /// <summary>Ends the process where the stop hangs.</summary>
    public StopGuard Guard { get; } = new();

    /// <summary>Fires at the second signal to stop.</summary>
    public CancellationToken Now => _now.Token;

    /// <summary>Fires at the first signal to stop.</summary>
    public CancellationToken StopToken => _stop.Token;

    /// <summary>Whether the daemon was told to stop.</summary>
    public bool StopRequested => _isAsked;

    /// <summary>What USR1 does.</summary>
    public Action? ReopenLog { get; set; }

    /// <summary>What HUP does.</summary>
    public Action? Reload { get; set; }

    /// <summary>What USR2 does.</summary>
    public Action? Restart { get; set; }

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

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private static void Queue(Action action) => ThreadPool.UnsafeQueueUserWorkItem(act => act(), action, preferLocal: false);

    private bool Receive(int signal)
    {
        var isOurs = _actions.TryGetValue(signal, out var action);
        action?.Invoke();
        return isOurs;
    }

    private void Do(Action? action, string signal)
    {
        if (action is null)
        {
            _logger?.SignalIgnored(signal, "the daemon has not started yet");
        }

        action?.Invoke();
    }

    private void On(PosixSignal signal, Action action) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
    }));
}
