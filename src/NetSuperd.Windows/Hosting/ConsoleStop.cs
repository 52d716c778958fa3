using System.Runtime.InteropServices;
using NetSuperd.Hosting;

namespace NetSuperd.Windows.Hosting;

/// <summary>Ctrl+C, Ctrl+Break, a closed window and the end of the system stop the daemon; a second Ctrl+C stops it at once.</summary>
internal sealed class ConsoleStop : IDisposable
{
    private readonly DaemonLifetime _lifetime;
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _isClosing;

    /// <summary>Registers them, so that none of them kills the process while it starts.</summary>
    public ConsoleStop(DaemonLifetime lifetime)
    {
        _lifetime = lifetime;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Close),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Close),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Windows lets nothing be unregistered while a handler runs, and that of a closed window does until the process ends.
        foreach (var registration in _isClosing ? [] : _registrations)
        {
            registration.Dispose();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _lifetime.Stop();
    }

    /// <summary>
    /// A closed window and the end of the system (CTRL_CLOSE_EVENT, CTRL_SHUTDOWN_EVENT). Windows ends the process when the handler
    /// returns, and some seconds later in any case (HandlerRoutine, wincon.h): so it does not return, and the stop has that long.
    /// </summary>
    private void Close(PosixSignalContext context)
    {
        _isClosing = true;
        Stop(context);
        new ManualResetEventSlim().Wait();
    }
}
