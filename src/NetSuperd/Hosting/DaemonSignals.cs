using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>
/// The signals of the daemon: TERM, INT and QUIT stop it, a second one stops it at once; HUP reloads the map, USR1 reopens the log file,
/// USR2 restarts.
/// </summary>
internal sealed class DaemonSignals : IDisposable
{
    // PosixSignal names only some signals; Create takes the others by number (signal(7), x86-64 and aarch64).
    private const PosixSignal SIGUSR1 = (PosixSignal)SignalName.SIGUSR1;
    private const PosixSignal SIGUSR2 = (PosixSignal)SignalName.SIGUSR2;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Dictionary<int, Action> _actions;

    /// <summary>Registers every signal, so that none of them kills the process while it starts.</summary>
    public DaemonSignals(DaemonLifetime lifetime)
    {
        _actions = new()
        {
            [SignalName.SIGTERM] = lifetime.Stop,
            [SignalName.SIGINT] = lifetime.Stop,
            [SignalName.SIGQUIT] = lifetime.Stop,
            [SignalName.SIGUSR1] = lifetime.AskToReopen,
            [SignalName.SIGHUP] = () => lifetime.AskToReload("HUP"),
            [SignalName.SIGUSR2] = () => lifetime.AskToRestart("USR2"),
        };
        On(PosixSignal.SIGTERM, lifetime.Stop);
        On(PosixSignal.SIGINT, lifetime.Stop);
        On(PosixSignal.SIGQUIT, lifetime.Stop);
        On(SIGUSR1, _actions[SignalName.SIGUSR1]);
        On(PosixSignal.SIGHUP, _actions[SignalName.SIGHUP]);
        On(SIGUSR2, _actions[SignalName.SIGUSR2]);
        _ = SignalDelivery.Take(Receive);
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private bool Receive(int signal)
    {
        var isOurs = _actions.TryGetValue(signal, out var action);
        action?.Invoke();
        return isOurs;
    }

    private void On(PosixSignal signal, Action action) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
    }));
}
