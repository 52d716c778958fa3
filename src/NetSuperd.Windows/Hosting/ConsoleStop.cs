using System.Runtime.InteropServices;
using NetSuperd.Hosting;

namespace NetSuperd.Windows.Hosting;

/// <summary>Ctrl+C, Ctrl+Break and the end of the session stop the daemon; a second one stops it at once.</summary>
internal sealed class ConsoleStop : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Registers them, so that none of them kills the process while it starts.</summary>
    public ConsoleStop(DaemonLifetime lifetime) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM }.Select(signal =>
            PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                lifetime.Stop();
            })),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
