using System.ComponentModel;
using System.Globalization;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Logging;
using NetSuperd.Windows.Services;

namespace NetSuperd.Windows.Commands;

/// <summary>The other commands of <c>netsuperd service</c>. Each returns the exit status.</summary>
internal static class ServiceChange
{
    /// <summary>Starts the service, if it does not run, and waits until it serves or has failed.</summary>
    public static async Task<int> StartAsync(ServiceControlManager manager, string name)
    {
        using var service = Open(manager, name, Advapi32.SERVICE_START);
        try
        {
            service.Start();
        }
        catch (Win32Exception running) when (running.NativeErrorCode == Advapi32.ERROR_SERVICE_ALREADY_RUNNING)
        {
            // It is what was asked for, once it serves.
        }

        var state = await ServiceState.WhenSettledAsync(service);
        if (state.Status.dwCurrentState == Advapi32.SERVICE_RUNNING)
        {
            Terminal.Say(string.Create(
                CultureInfo.InvariantCulture, $"netsuperd: the service '{name}' runs as process {state.dwProcessId}"));
            return ExitStatus.Ok;
        }

        var (reason, status) = End(state.Status);
        Terminal.Say($"netsuperd: the service '{name}' has not started: {reason}; "
            + "the event log says why (eventvwr.msc, Windows Logs, Application)");
        return status;
    }

    /// <summary>Stops the service, if it runs, and waits until it has ended.</summary>
    public static async Task<int> StopAsync(ServiceControlManager manager, string name)
    {
        using var service = Open(manager, name, Advapi32.SERVICE_STOP);
        if (!await EndAsync(service, name))
        {
            return ExitStatus.System;
        }

        Terminal.Say($"netsuperd: the service '{name}' is stopped");
        return ExitStatus.Ok;
    }

    /// <summary>Stops the service and removes it, and its source of events.</summary>
    public static async Task<int> UninstallAsync(ServiceControlManager manager, string name)
    {
        using (var service = Open(manager, name, Advapi32.SERVICE_STOP | Advapi32.DELETE))
        {
            if (!await EndAsync(service, name))
            {
                return ExitStatus.System;
            }

            service.Delete();
        }

        EventSource.Unregister(name);
        Terminal.Say(manager.Has(name)
            ? $"netsuperd: the service '{name}' is marked for deletion; it goes once services.msc and the other programs that have it open "
              + "are closed"
            : $"netsuperd: the service '{name}' is removed");
        return ExitStatus.Ok;
    }

    /// <summary>Prints what is registered and whether it runs; 69 where it does not.</summary>
    public static int Show(ServiceControlManager manager, string name)
    {
        using var service = Open(manager, name, 0);
        var (state, (start, commandLine, account)) = (service.Status, service.Configuration);
        var isRunning = state.Status.dwCurrentState == Advapi32.SERVICE_RUNNING;
        var process = state.dwProcessId == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", process {state.dwProcessId}");
        var end = state.Status.dwCurrentState == Advapi32.SERVICE_STOPPED && state.Status.dwWin32ExitCode != Advapi32.NO_ERROR
            ? $" ({End(state.Status).Reason})"
            : "";
        var printed = Terminal.Print(
            $"{name}: {ServiceState.Word(state.Status.dwCurrentState)}{process}{end}, {ServiceState.StartWord(start)}, as {account}\n"
            + $"{commandLine}\n");
        return printed != ExitStatus.Ok || isRunning ? printed : ExitStatus.Unavailable;
    }

    /// <summary>Opens a service of netsuperd: no command touches one of another program.</summary>
    private static RegisteredService Open(ServiceControlManager manager, string name, uint access)
    {
        var service = manager.Open(name, Advapi32.SERVICE_QUERY_STATUS | Advapi32.SERVICE_QUERY_CONFIG | access);
        if (Accounts.IsThisProgram(service.Configuration.CommandLine))
        {
            return service;
        }

        service.Dispose();
        throw new Win32Exception(Advapi32.ERROR_SERVICE_DOES_NOT_EXIST);
    }

    /// <summary>Stops a service and waits for its end; says so where it does not come.</summary>
    private static async Task<bool> EndAsync(RegisteredService service, string name)
    {
        // One that starts or stops takes no order before that is over.
        if ((await ServiceState.WhenSettledAsync(service)).Status.dwCurrentState != Advapi32.SERVICE_STOPPED)
        {
            try
            {
                service.Control(Advapi32.SERVICE_CONTROL_STOP);
            }
            catch (Win32Exception over) when (over.NativeErrorCode
                is Advapi32.ERROR_SERVICE_NOT_ACTIVE or Advapi32.ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
            {
                // It has ended by itself, or is about to.
            }
        }

        var state = await ServiceState.WhenSettledAsync(service);
        if (state.Status.dwCurrentState == Advapi32.SERVICE_STOPPED)
        {
            return true;
        }

        Terminal.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"netsuperd: the service '{name}' does not stop; end its process: taskkill /f /pid {state.dwProcessId}"));
        return false;
    }

    /// <summary>Why a service has ended, and the exit status for that: the daemon's own, where it has reported one.</summary>
    private static (string Reason, int Status) End(Advapi32.ServiceStatus state) => state.dwWin32ExitCode switch
    {
        Advapi32.ERROR_SERVICE_SPECIFIC_ERROR => (
            string.Create(CultureInfo.InvariantCulture, $"exit status {state.dwServiceSpecificExitCode}"),
            (int)state.dwServiceSpecificExitCode),
        Advapi32.NO_ERROR => ($"it is {ServiceState.Word(state.dwCurrentState)}", ExitStatus.System),
        var error => (new Win32Exception((int)error).Message, ExitStatus.System),
    };
}
