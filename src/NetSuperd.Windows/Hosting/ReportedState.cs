using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>
/// The state of the daemon as the service control manager has it. It never goes back: a reload that ends during a stop reports no
/// running daemon.
/// </summary>
/// <param name="report">Tells the service control manager.</param>
internal sealed class ReportedState(Action<Advapi32.ServiceStatus> report) : IDisposable
{
    private const uint Controls = Advapi32.SERVICE_ACCEPT_STOP | Advapi32.SERVICE_ACCEPT_SHUTDOWN | Advapi32.SERVICE_ACCEPT_PRESHUTDOWN
        | Advapi32.SERVICE_ACCEPT_PARAMCHANGE;

    // Programs that wait for a stop look every few seconds whether it makes progress.
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Advapi32.ServiceStatus _last;
    private Timer? _progress;

    /// <summary>The daemon starts, and needs so much time at most.</summary>
    public void Starting(TimeSpan most) => Report(Advapi32.SERVICE_START_PENDING, most, controls: 0);

    /// <summary>The daemon serves.</summary>
    public void Running()
    {
        lock (_gate)
        {
            if (_last.dwCurrentState == Advapi32.SERVICE_START_PENDING)
            {
                Report(Advapi32.SERVICE_RUNNING, TimeSpan.Zero, Controls);
            }
        }
    }

    /// <summary>The daemon stops, and needs so much time at most.</summary>
    public void Stopping(TimeSpan most)
    {
        lock (_gate)
        {
            if (_last.dwCurrentState == Advapi32.SERVICE_STOPPED)
            {
                return;
            }

            // While a service stops, the manager passes it nothing but the end of the system.
            Report(Advapi32.SERVICE_STOP_PENDING, most, Advapi32.SERVICE_ACCEPT_SHUTDOWN);
            _progress ??= new Timer(_ => Progress(), null, ProgressInterval, ProgressInterval);
        }
    }

    /// <summary>The process ends now: the manager may kill it at any moment from here on.</summary>
    /// <param name="status">The exit status; one other than 0 is reported as an error of this service.</param>
    public void Stopped(int status)
    {
        lock (_gate)
        {
            if (_last.dwCurrentState != Advapi32.SERVICE_STOPPED)
            {
                _last.dwWin32ExitCode = status == 0 ? 0u : Advapi32.ERROR_SERVICE_SPECIFIC_ERROR;
                _last.dwServiceSpecificExitCode = (uint)status;
                Report(Advapi32.SERVICE_STOPPED, TimeSpan.Zero, controls: 0);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _progress?.Dispose();

    /// <summary>The stop makes progress: it has an end of its own (<see cref="NetSuperd.Hosting.StopGuard"/>).</summary>
    private void Progress()
    {
        lock (_gate)
        {
            if (_last.dwCurrentState == Advapi32.SERVICE_STOP_PENDING)
            {
                _last.dwCheckPoint++;
                report(_last);
            }
        }
    }

    private void Report(uint state, TimeSpan most, uint controls)
    {
        lock (_gate)
        {
            var isPending = state is Advapi32.SERVICE_START_PENDING or Advapi32.SERVICE_STOP_PENDING;
            _last.dwServiceType = Advapi32.SERVICE_WIN32_OWN_PROCESS;
            _last.dwCheckPoint = !isPending ? 0 : state == _last.dwCurrentState ? _last.dwCheckPoint + 1 : 1;
            _last.dwCurrentState = state;
            _last.dwControlsAccepted = controls;
            _last.dwWaitHint = (uint)Math.Min(most.TotalMilliseconds, int.MaxValue);
            report(_last);
        }
    }
}
