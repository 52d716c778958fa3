using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Services;

/// <summary>A service that the service control manager has registered.</summary>
/// <remarks>Every call that fails throws a <see cref="Win32Exception"/>.</remarks>
internal sealed unsafe class RegisteredService(ServiceHandle handle) : IDisposable
{
    /// <summary>The access for <see cref="Configure"/>; to start it again after a failure needs the right to start it.</summary>
    public const uint ToConfigure = Advapi32.SERVICE_QUERY_CONFIG | Advapi32.SERVICE_CHANGE_CONFIG | Advapi32.SERVICE_QUERY_STATUS
        | Advapi32.SERVICE_START | Advapi32.DELETE;

    /// <summary>Its state.</summary>
    public Advapi32.ServiceStatusProcess Status
    {
        get
        {
            Advapi32.ServiceStatusProcess status;
            uint needed;
            Check(Advapi32.QueryServiceStatusEx(
                handle, Advapi32.SC_STATUS_PROCESS_INFO, &status, (uint)sizeof(Advapi32.ServiceStatusProcess), &needed));
            return status;
        }
    }

    /// <summary>What is registered of it: how it starts (SERVICE_AUTO_START and so on), its command line and its account.</summary>
    public (uint Start, string CommandLine, string Account) Configuration
    {
        get
        {
            uint needed;
            _ = Advapi32.QueryServiceConfigW(handle, null, 0, &needed);
            var buffer = new byte[needed];
            fixed (byte* bytes = buffer)
            {
                Check(Advapi32.QueryServiceConfigW(handle, bytes, needed, &needed));
                var config = (Advapi32.QueryServiceConfig*)bytes;
                return (config->dwStartType, new string(config->lpBinaryPathName), new string(config->lpServiceStartName));
            }
        }
    }

    /// <summary>Registers another program or account for it, and how it starts.</summary>
    public void Change(ServiceDefinition service) => Check(Advapi32.ChangeServiceConfigW(
        handle,
        Advapi32.SERVICE_WIN32_OWN_PROCESS,
        Advapi32.SERVICE_AUTO_START,
        Advapi32.SERVICE_ERROR_NORMAL,
        service.CommandLine,
        group: null,
        tag: 0,
        dependencies: null,
        service.Account,
        service.Password,
        service.DisplayName));

    /// <summary>Sets what a service has beside its program and its account.</summary>
    /// <returns>What this system does not have.</returns>
    public IReadOnlyList<string> Configure(ServiceDefinition service)
    {
        var missing = new List<string>();
        var (on, sid) = (1u, Advapi32.SERVICE_SID_TYPE_UNRESTRICTED);
        var preshutdown = (uint)Math.Min(service.LongestStop.TotalMilliseconds, int.MaxValue);
        fixed (char* description = service.Description, privileges = $"{ServiceDefinition.Privilege}\0")
        {
            var text = description;
            Set(Advapi32.SERVICE_CONFIG_DESCRIPTION, &text, "description", missing);
            text = privileges;
            Set(Advapi32.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &text, "reduced privileges", missing);
        }

        Set(Advapi32.SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "identity of its own", missing);
        Set(Advapi32.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &on, "delayed start", missing);
        Set(Advapi32.SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "time to stop before the system does", missing);
        SetRestarts(missing);

        // Also where the service ends by itself with an error, and not only where it crashes.
        Set(Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &on, "restart after an error", missing);
        using var key = Registry.LocalMachine.CreateSubKey($@"SYSTEM\CurrentControlSet\Services\{service.Name}");
        key.SetValue("Environment", ServiceDefinition.Environment, RegistryValueKind.MultiString);
        return missing;
    }

    /// <summary>Starts it, and does not wait.</summary>
    public void Start() => Check(Advapi32.StartServiceW(handle, 0, null));

    /// <summary>Asks something of it, such as to stop, and does not wait.</summary>
    public void Control(uint control)
    {
        Advapi32.ServiceStatus status;
        Check(Advapi32.ControlService(handle, control, &status));
    }

    /// <summary>Marks it for deletion: it is gone once it has ended and no program has it open.</summary>
    public void Delete() => Check(Advapi32.DeleteService(handle));

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static void Check(bool done)
    {
        if (!done)
        {
            throw new Win32Exception();
        }
    }

    private void SetRestarts(List<string> missing)
    {
        var actions = stackalloc Advapi32.ServiceAction[ServiceDefinition.Restarts.Count];
        for (var i = 0; i < ServiceDefinition.Restarts.Count; i++)
        {
            actions[i] = new Advapi32.ServiceAction { Type = Advapi32.SC_ACTION_RESTART, Delay = ServiceDefinition.Restarts[i] };
        }

        var failure = new Advapi32.ServiceFailureActions
        {
            dwResetPeriod = ServiceDefinition.ResetSeconds, cActions = (uint)ServiceDefinition.Restarts.Count, lpsaActions = actions,
        };
        Set(Advapi32.SERVICE_CONFIG_FAILURE_ACTIONS, &failure, "restart after a failure", missing);
    }

    private void Set(uint level, void* info, string what, List<string> missing)
    {
        if (Advapi32.ChangeServiceConfig2W(handle, level, info))
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is not (Advapi32.ERROR_INVALID_LEVEL or Advapi32.ERROR_CALL_NOT_IMPLEMENTED))
        {
            throw new Win32Exception(error);
        }

        missing.Add(what);
    }
}
