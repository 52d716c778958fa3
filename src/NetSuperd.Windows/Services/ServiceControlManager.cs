using System.ComponentModel;
using System.Runtime.InteropServices;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Services;

/// <summary>The service control manager of this computer.</summary>
/// <remarks>Every call that fails throws a <see cref="Win32Exception"/>.</remarks>
internal sealed class ServiceControlManager : IDisposable
{
    private readonly ServiceHandle _handle;

    /// <summary>Connects to it.</summary>
    /// <param name="toCreate">Whether to create services, which only an administrator may.</param>
    public ServiceControlManager(bool toCreate = false) =>
        _handle = Checked(new ServiceHandle(Advapi32.OpenSCManagerW(
            null, null, Advapi32.SC_MANAGER_CONNECT | (toCreate ? Advapi32.SC_MANAGER_CREATE_SERVICE : 0))));

    /// <summary>Opens a service.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="access">What is to be done with it.</param>
    public RegisteredService Open(string name, uint access) =>
        new(Checked(new ServiceHandle(Advapi32.OpenServiceW(_handle, name, access))));

    /// <summary>Whether there is a service of the name.</summary>
    public bool Has(string name)
    {
        using var service = new ServiceHandle(Advapi32.OpenServiceW(_handle, name, Advapi32.SERVICE_QUERY_STATUS));
        return !service.IsInvalid || Marshal.GetLastPInvokeError() != Advapi32.ERROR_SERVICE_DOES_NOT_EXIST;
    }

    /// <summary>
    /// Creates a service that starts with Windows. What goes beyond that is set by <see cref="RegisteredService.Configure"/>.
    /// </summary>
    public RegisteredService Create(ServiceDefinition service) => new(Checked(new ServiceHandle(Advapi32.CreateServiceW(
        _handle,
        service.Name,
        service.DisplayName,
        RegisteredService.ToConfigure,
        Advapi32.SERVICE_WIN32_OWN_PROCESS,
        Advapi32.SERVICE_AUTO_START,
        Advapi32.SERVICE_ERROR_NORMAL,
        service.CommandLine,
        group: null,
        tag: 0,
        dependencies: null,
        service.Account,
        service.Password))));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static ServiceHandle Checked(ServiceHandle handle) => handle.IsInvalid ? throw new Win32Exception() : handle;
}
