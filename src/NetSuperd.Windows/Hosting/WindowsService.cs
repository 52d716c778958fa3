using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Hosting;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Hosting;

/// <summary>The daemon as a service of Windows: what the service control manager asks of it, and what it is told.</summary>
/// <remarks>
/// <para>
/// The calls themselves, and not Microsoft.Extensions.Hosting.WindowsServices: that package reports a running service before the ports are
/// bound, cannot report why a start has failed, and knows neither PRESHUTDOWN, by which a drain may take its time, nor PARAMCHANGE.
/// </para>
/// <para>The callbacks have no context of their own, so the one service of the process is static.</para>
/// </remarks>
internal sealed class WindowsService : IServiceManager
{
    // The map, the handlers of plugins and the ports of a slow network.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(90);

    // What the manager itself gives a process to connect to it.
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(30);

    private static WindowsService? _current;

    private readonly TaskCompletionSource<int> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReportedState _state;
    private nint _handle;
    private volatile DaemonLifetime? _lifetime;

    /// <summary>Makes one that <see cref="BeginAsync"/> connects.</summary>
    internal WindowsService() => _state = new ReportedState(Report);

    /// <summary>The name by which it is registered, which is the source of its events too.</summary>
    public string Name { get; private set; } = "";

    /// <inheritdoc/>
    public TimeSpan? WatchdogInterval => null;

    /// <inheritdoc/>
    public bool KeepsSockets => false;

    /// <summary>Connects to the service control manager, which has to happen soon after it has started the process.</summary>
    /// <returns>The service; null where another program has started this one.</returns>
    /// <exception cref="Win32Exception">The service control manager refuses it.</exception>
    /// <exception cref="TimeoutException">The service control manager does not answer.</exception>
    public static async Task<WindowsService?> BeginAsync()
    {
        if (!ParentProcess.IsServiceManager)
        {
            return null;
        }

        var service = _current = new WindowsService();
        new Thread(service.Dispatch) { IsBackground = true, Name = "service control" }.Start();
        return await service._begun.Task.WaitAsync(LongestConnect) switch
        {
            Advapi32.NO_ERROR => service,
            Advapi32.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT => null,
            var error => throw new Win32Exception(error),
        };
    }

    /// <summary>Passes to the daemon what the manager asks of it.</summary>
    public void Attach(DaemonLifetime lifetime) => _lifetime = lifetime;

    /// <inheritdoc/>
    public void Ready(string status) => _state.Running();

    /// <inheritdoc/>
    public void Reloading()
    {
        // A service that reloads is a running one.
    }

    /// <inheritdoc/>
    public void Stopping(TimeSpan most) => _state.Stopping(most);

    /// <inheritdoc/>
    public void KeepAlive()
    {
        // The manager has no watchdog.
    }

    /// <inheritdoc/>
    public bool Keep(IEnumerable<(SafeHandle Handle, string Name)> sockets, ILogger logger) => true;

    /// <summary>Reports that the process ends, as the last thing that it does.</summary>
    public void Stopped(int status) => _state.Stopped(status);

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    [UnmanagedCallersOnly]
    private static unsafe void Begun(uint count, char** arguments) => _current!.Register(count > 0 ? arguments[0] : null);

    [UnmanagedCallersOnly]
    private static unsafe uint Control(uint control, uint eventType, void* eventData, void* context)
    {
        _current!.Receive(control);
        return Advapi32.NO_ERROR;
    }

    /// <summary>Stays in the call until the process has reported its end.</summary>
    private unsafe void Dispatch()
    {
        fixed (char* name = "netsuperd")
        {
            // The only entry: the manager starts the process for one service, and ignores the name.
            var table = stackalloc Advapi32.ServiceTableEntry[2];
            table[0] = new Advapi32.ServiceTableEntry { lpServiceName = name, lpServiceProc = &Begun };
            table[1] = default;
            if (!Advapi32.StartServiceCtrlDispatcherW(table))
            {
                _begun.TrySetResult(Marshal.GetLastPInvokeError());
            }
        }
    }

    private unsafe void Register(char* name)
    {
        Name = new string(name);
        _handle = Advapi32.RegisterServiceCtrlHandlerExW(name, &Control, null);
        if (_handle == 0)
        {
            _begun.TrySetResult(Marshal.GetLastPInvokeError());
            return;
        }

        _state.Starting(LongestStart);
        _begun.TrySetResult(Advapi32.NO_ERROR);
    }

    /// <summary>Returns at once, as the manager expects.</summary>
    private void Receive(uint control)
    {
        if (_lifetime is not { } lifetime)
        {
            return;
        }

        switch (control)
        {
            case Advapi32.SERVICE_CONTROL_STOP:
            case Advapi32.SERVICE_CONTROL_PRESHUTDOWN:
                // A change that is under way comes first, and the daemon reports the stop itself afterwards.
                _state.Stopping(lifetime.Guard.Most?.Invoke() ?? LongestStart);
                lifetime.Stop(now: false);
                break;
            case Advapi32.SERVICE_CONTROL_SHUTDOWN:
                // The system gives five seconds (WaitToKillServiceTimeout). The drain has had its time before, at PRESHUTDOWN.
                lifetime.Stop(now: true);
                break;
            case Advapi32.SERVICE_CONTROL_PARAMCHANGE:
                lifetime.AskToReload("PARAMCHANGE");
                break;
        }
    }

    private unsafe void Report(Advapi32.ServiceStatus status) => Advapi32.SetServiceStatus(_handle, &status);
}
