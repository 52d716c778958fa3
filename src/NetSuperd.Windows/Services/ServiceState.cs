using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Services;

/// <summary>The states of a service, and the wait for the end of a change.</summary>
internal static class ServiceState
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Beyond what the service itself has asked for.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a service has started or stopped, while it reports progress in the time that it asks for.</summary>
    /// <returns>Its state, also where it reports none any more.</returns>
    public static async Task<Advapi32.ServiceStatusProcess> WhenSettledAsync(RegisteredService service)
    {
        using var timer = new PeriodicTimer(Interval);
        var (before, began) = (service.Status, TimeProvider.System.GetTimestamp());
        while (IsPending(before.Status.dwCurrentState) && await timer.WaitForNextTickAsync())
        {
            var now = service.Status;
            if ((now.Status.dwCurrentState, now.Status.dwCheckPoint) != (before.Status.dwCurrentState, before.Status.dwCheckPoint))
            {
                began = TimeProvider.System.GetTimestamp();
            }
            else if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMilliseconds(now.Status.dwWaitHint) + Grace)
            {
                return now;
            }

            before = now;
        }

        return before;
    }

    /// <summary>A state for people, as services.msc has it.</summary>
    public static string Word(uint state) => state switch
    {
        Advapi32.SERVICE_STOPPED => "stopped",
        Advapi32.SERVICE_START_PENDING => "starting",
        Advapi32.SERVICE_STOP_PENDING => "stopping",
        Advapi32.SERVICE_RUNNING => "running",
        Advapi32.SERVICE_CONTINUE_PENDING => "resuming",
        Advapi32.SERVICE_PAUSE_PENDING => "pausing",
        _ => "paused",
    };

    /// <summary>How a service starts.</summary>
    public static string StartWord(uint start) => start switch
    {
        Advapi32.SERVICE_AUTO_START => "starts with Windows",
        Advapi32.SERVICE_DEMAND_START => "starts on demand",
        Advapi32.SERVICE_DISABLED => "disabled",
        _ => "starts with the kernel",
    };

    private static bool IsPending(uint state) =>
        state is not (Advapi32.SERVICE_STOPPED or Advapi32.SERVICE_RUNNING or Advapi32.SERVICE_PAUSED);
}
